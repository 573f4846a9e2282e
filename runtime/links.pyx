# links: see links.pxd.
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy
from .core_record cimport EP_MESH_PLACES
from .lines cimport watch_inside
from .watched_links cimport to_phase, watch_link
from .ways cimport ways_each

cdef enum:
    CACHE_LINE = 64


# ---- making it ------------------------------------------------------------------------------------

cdef void lay_out_line(const ep_network *network, int32_t count, int32_t of_chip, const int64_t *edge, int32_t *at,
                       uint8_t *side, uint8_t *chip) noexcept nogil:
    """Positions along one direction of the mesh; after the last comes the host's."""
    cdef int32_t step
    cdef int64_t position = 0
    for step in range(EP_MESH_PLACES):
        at[step] = <int32_t>position
        side[step] = EP_INSIDE
        chip[step] = <uint8_t>(step // of_chip) if of_chip > 0 else 0
        if step == count - 1:
            side[step] = EP_HOST_EDGE
        elif of_chip > 0 and (step + 1) % of_chip == 0:
            side[step] = EP_CHIP_EDGE
        if step >= count:
            chip[step] = HOST_CHIP
        position += network.hop
        if side[step] != EP_INSIDE:
            position += edge[0]
            if network.wire[side[step]] > network.wire[EP_INSIDE]:
                position += network.wire[side[step]] - network.wire[EP_INSIDE]


cdef void lay_out(ep_network *network, int32_t rows, int32_t columns, int32_t chip_rows, int32_t chip_columns,
                  const int64_t *edge) noexcept nogil:
    """Where rows and columns lie. `edge`: ticks for crossing one; hop and wire are known already.

    A write that crosses an edge is there when the narrow link has carried its 8 bytes; the time that a link
    inside takes for them is part of the start-up.
    """
    lay_out_line(network, rows, chip_rows, edge, network.row_at, network.row_side, network.row_chip)
    lay_out_line(network, columns, chip_columns, edge, network.column_at, network.column_side,
                 network.column_chip)


cdef bint links_create(ep_network *network, int32_t rows, int32_t columns, int32_t cores) noexcept nogil:
    """Links for the mesh model `contention`, and room for the ways of so many cores. False: no memory."""
    cdef link_table *table = <link_table *>calloc(1, sizeof(link_table))
    cdef size_t lines, ways, bytes
    network.links = <ep_links *>table
    if table == NULL:
        return False
    table.columns = columns + 1
    table.places = rows * table.columns
    table.count = table.places * 4 * NETWORKS
    table.chip_columns = network.column_chip[columns - 1] + 1
    table.chip_rows = network.row_chip[rows - 1] + 1
    table.ways_each = ways_each(table)
    lines = 2 * <size_t>(rows * table.chip_columns + columns * table.chip_rows)
    ways = <size_t>cores * <size_t>table.ways_each
    bytes = <size_t>table.count * sizeof(link) + lines * (sizeof(line) + LINE_PLACES * sizeof(int64_t))
    bytes += ways * (sizeof(known_way) + sizeof(int32_t))
    # Most links of a large mesh are never taken: what is only cleared costs nothing before it is used.
    table.room = calloc(1, bytes + CACHE_LINE)
    table.links = <link *>((<size_t>table.room + CACHE_LINE - 1) & ~<size_t>(CACHE_LINE - 1))
    table.lines = <line *>(table.links + table.count)
    table.taken = <int64_t *>(table.lines + lines)
    table.ways = <known_way *>(table.taken + lines * LINE_PLACES)
    table.noted = <int32_t *>(table.ways + ways)
    return table.room != NULL


cdef void links_destroy(ep_network *network) noexcept nogil:
    cdef link_table *table = <link_table *>network.links
    cdef int32_t index
    if table != NULL:
        for index in range(table.count if table.grown else 0):
            free(table.links[index].more)
        free(table.room)
        free(table)
    network.links = NULL


# ---- how long -------------------------------------------------------------------------------------

cdef transfer write_transfer(const ep_network *network, uint8_t side, int64_t bytes) noexcept nogil:
    """Further time for more than 8 bytes: by a loop on the core, or by DMA, whichever is done first.

    Neither is faster than the narrowest link of the way, which `side` tells.
    """
    cdef transfer result
    cdef int64_t steps = (bytes - 1) // 8
    cdef int64_t wire = network.wire[side]
    cdef int64_t copy, moved
    result.work = 0
    result.rest = 0
    if bytes <= 8:
        return result
    copy = steps * (network.copy_eight_bytes if network.copy_eight_bytes > wire else wire)
    moved = steps * (network.dma_eight_bytes if network.dma_eight_bytes > wire else wire)
    if copy <= network.dma_startup + moved:
        result.work = copy
    else:
        result.work = network.dma_startup
        result.rest = moved
    return result


cdef int64_t read_time(const ep_network *network, place reader, place owner, int64_t bytes) noexcept nogil:
    """Ticks in which a core reads another's memory, there and back; a word at a time or by DMA."""
    cdef uint8_t side = worst_side(network, reader, owner)
    cdef int64_t hops = distance(reader.row, owner.row) + distance(reader.column, owner.column)
    cdef int64_t first = network.read_startup + hops * network.read_hop
    cdef int64_t steps = (bytes - 1) // 8
    cdef int64_t wire = network.wire[side]
    cdef int64_t moved
    # Both the request and the answer cross the edges between them.
    first += 2 * (way(network, reader, owner) - network.startup - hops * network.hop)
    if steps <= 0:
        return first
    moved = network.dma_startup + steps * (
        network.dma_read_eight_bytes if network.dma_read_eight_bytes > wire else wire)
    return first + (moved if moved < steps * first else steps * first)


# ---- who waits ------------------------------------------------------------------------------------

cdef inline link_run *runs_of(link *one) noexcept nogil:
    return one.more if one.more != NULL else one.times.ahead


cdef void drop_run(link *one, uint32_t which) noexcept nogil:
    cdef link_run *runs = runs_of(one)
    cdef uint32_t index
    one.count -= 1
    for index in range(which, one.count):
        runs[index] = runs[index + 1]


cdef void join_nearest(link *one) noexcept nogil:
    """Makes room for one more where there is no memory: the two runs with the least between them become one."""
    cdef link_run *runs = runs_of(one)
    cdef uint32_t index
    cdef uint32_t best = 0
    for index in range(1, one.count - 1):
        if runs[index + 1].start - runs[index].end < runs[best + 1].start - runs[best].end:
            best = index
    runs[best].end = runs[best + 1].end
    drop_run(one, best + 1)


cdef void make_room(link_table *table, link *one) noexcept nogil:
    """Room for one run more than the link has, which has as many as there is room for."""
    cdef link_run *more = <link_run *>malloc(2 * <size_t>one.count * sizeof(link_run))
    if more == NULL:
        join_nearest(one)
        return
    memcpy(more, runs_of(one), <size_t>one.count * sizeof(link_run))
    free(one.more)
    one.more = more
    one.room = 2 * one.count
    table.grown = True


cdef inline int64_t take_link(const ep_network *network, link *one, int64_t time, int64_t length,
                              int64_t now) noexcept nogil:
    """Takes a link for `length` ticks at the first time from `time` on at which it is free, and tells when.

    Nobody asks for times before `now` any more.
    """
    if one.free_from <= now:  # mostly
        one.count = 0
        one.times.ahead[0].start = time
        one.free_from = time + length
        return time
    return take_busy_link(<link_table *>network.links, one, time, length, now)


cdef int64_t take_busy_link(link_table *table, link *one, int64_t time, int64_t length, int64_t now) noexcept nogil:
    """`take_link` where somebody has taken it for a time ahead."""
    cdef link_run *runs
    cdef uint32_t position, index
    cdef int64_t asked = time
    if one.count == 0:
        one.count = 1
        runs = runs_of(one)
        runs[0].start = one.times.ahead[0].start
        runs[0].end = one.free_from
    while one.count > 0 and runs_of(one)[0].end <= now:
        drop_run(one, 0)
    if one.count == (one.room if one.more != NULL else FEW_RUNS):
        make_room(table, one)
    runs = runs_of(one)
    position = 0
    while position < one.count:
        if runs[position].end > time:
            if time + length <= runs[position].start:
                break
            time = runs[position].end
        position += 1
    # [time, time + length) is free, and comes before the run at `position`.
    if position > 0 and runs[position - 1].end == time:
        runs[position - 1].end = time + length
        if position < one.count and runs[position].start == time + length:
            runs[position - 1].end = runs[position].end
            drop_run(one, position)
    elif position < one.count and runs[position].start == time + length:
        runs[position].start = time
    else:
        for index in range(one.count, position, -1):
            runs[index] = runs[index - 1]
        runs[position].start = time
        runs[position].end = time + length
        one.count += 1
    one.free_from = runs[one.count - 1].end
    one.waited += time - asked
    return time


cdef link *link_at(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil:
    """The link that leaves a place in a direction. Those that cross an edge of a chip are one for its side."""
    cdef int32_t row = where.row
    cdef int32_t column = where.column
    if towards <= WEST:
        if network.column_side[column if towards == EAST else column - 1] != EP_INSIDE:
            while row > 0 and network.row_chip[row - 1] == network.row_chip[row]:
                row -= 1
    elif network.row_side[row if towards == SOUTH else row - 1] != EP_INSIDE:
        while column > 0 and network.column_chip[column - 1] == network.column_chip[column]:
            column -= 1
    where.row, where.column = row, column
    return links_here(network, kind, where, towards)


cdef inline int64_t pass_link(ep_network *network, network_kind kind, place where, int32_t towards, uint8_t side,
                              int64_t time, int64_t now, int64_t bytes) noexcept nogil:
    """When the head of a message gets through a link that it comes to at `time`."""
    cdef link *one
    cdef int64_t length = network.wire[side]
    if bytes > 8:
        length *= (bytes + 7) // 8
    if side == EP_INSIDE:
        one = links_here(network, kind, where, towards)
    else:
        one = link_at(network, kind, where, towards)
    one.more_bytes += bytes - 8
    one.more_busy += length - network.wire[EP_INSIDE]
    if (<link_table *>network.links).watched:
        return time if watch_link(one, time + to_phase(network, where, towards), length, network) else time + 1
    one.messages += 1
    return take_link(network, one, time, length, now)


cdef inline bint leaves_chip(const ep_network *network, place start, place end) noexcept nogil:
    return (network.row_chip[start.row] != network.row_chip[end.row]
            or network.column_chip[start.column] != network.column_chip[end.column])


cdef inline int64_t take_line(link *one, int64_t stride, int32_t steps, int64_t time, const ep_network *network,
                              int64_t now, int64_t bytes) noexcept nogil:
    """Takes so many links of one direction on a chip; when the head is at the end of them."""
    cdef int64_t length = network.wire[EP_INSIDE]
    cdef int64_t more = length * ((bytes + 7) // 8 - 1) if bytes > 8 else 0
    while steps > 0:
        one.messages += 1
        if bytes != 8:
            one.more_bytes += bytes - 8
            one.more_busy += more
        time = take_link(network, one, time, length + more, now) + network.hop
        one += stride
        steps -= 1
    return time


cdef inline int64_t take_inside(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                                int64_t bytes) noexcept nogil:
    """`take_route` on one chip, where all links are alike."""
    cdef link_table *table = <link_table *>network.links
    cdef int32_t columns = end.column - start.column
    cdef int32_t rows = end.row - start.row
    cdef int64_t begun = departs + network.startup
    cdef int64_t time = begun
    cdef int64_t line = 4 * table.columns
    cdef link *one = links_here(network, kind, start, EAST)
    cdef link *turn = one + 4 * columns
    if table.watched:
        return not watch_inside(network, kind, start, end, begun, bytes)
    if columns > 0:
        time = take_line(one + EAST, 4, columns, time, network, departs, bytes)
    elif columns < 0:
        columns = -columns
        time = take_line(one + WEST, -4, columns, time, network, departs, bytes)
    if rows > 0:
        time = take_line(turn + SOUTH, line, rows, time, network, departs, bytes)
    elif rows < 0:
        rows = -rows
        time = take_line(turn + NORTH, -line, rows, time, network, departs, bytes)
    return time - begun - (columns + rows) * network.hop


cdef inline int64_t take_words(const ep_network *network, link *one, int32_t stride, int32_t far, int64_t time,
                               int64_t now, int64_t *held) noexcept nogil:
    """`take_line` for 8 bytes, from one link to the place of another `far` from it. Adds what the head waits."""
    cdef int64_t length = network.wire[EP_INSIDE]
    cdef int64_t start
    cdef link *end = one + far
    while one != end:
        start = take_link(network, one, time, length, now)
        one.messages += 1
        held[0] += start - time
        time = start + network.hop
        one += stride
    return time


cdef int64_t take_word_route(ep_core_record *core, ep_core_record *to) noexcept nogil:
    """`take_route` for 8 bytes that leave a core for another now: most messages, and every word back."""
    cdef ep_network *network = &core.machine.network
    cdef link_table *table = <link_table *>network.links
    cdef int32_t columns = <int32_t>to.column - <int32_t>core.column
    cdef int32_t rows = <int32_t>to.row - <int32_t>core.row
    cdef int64_t time = core.base.clock + network.startup
    cdef int64_t held = 0
    cdef link *one
    if core.chip != to.chip:
        return take_route(network, WRITES, place_of(core), place_of(to), core.base.clock, 8)
    one = links_here(network, WRITES, place_of(core), EAST)
    if columns != 0:
        time = take_words(network, one + (EAST if columns > 0 else WEST), 4 if columns > 0 else -4, 4 * columns, time,
                          core.base.clock, &held)
        one += 4 * columns
    if rows != 0:
        columns = 4 * table.columns
        take_words(network, one + (SOUTH if rows > 0 else NORTH), columns if rows > 0 else -columns, rows * columns,
                   time, core.base.clock, &held)
    return held


cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil:
    """Takes the links from one place to another for a message; how many ticks its head waits in all.

    Where links are watched: 0, or anything else where it might have to wait.
    """
    cdef int64_t begun = departs + network.startup
    cdef int64_t time = begun
    cdef place where = start
    cdef int32_t crossed, towards
    if not leaves_chip(network, start, end):
        return take_inside(network, kind, start, end, departs, bytes)
    if kind == WRITES:
        kind = OFF_CHIP
    while where.column != end.column:
        towards = EAST if where.column < end.column else WEST
        crossed = where.column - (towards == WEST)  # between this column and the next
        time = pass_link(network, kind, where, towards, network.column_side[crossed], time, departs, bytes)
        time += network.column_at[crossed + 1] - network.column_at[crossed]
        where.column += 1 if towards == EAST else -1
    while where.row != end.row:
        towards = SOUTH if where.row < end.row else NORTH
        crossed = where.row - (towards == NORTH)
        time = pass_link(network, kind, where, towards, network.row_side[crossed], time, departs, bytes)
        time += network.row_at[crossed + 1] - network.row_at[crossed]
        where.row += 1 if towards == SOUTH else -1
    return time - departs - way(network, start, end)
