# links: see links.pxd.
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from posix.stdlib cimport posix_memalign
from .core_record cimport EP_MESH_PLACES


# `struct ep_links` of core_record.h.
cdef struct link_table:
    int32_t columns     # with the host's
    int32_t places
    link *links         # by network, place and direction


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


cdef bint links_create(ep_network *network, int32_t rows, int32_t columns) noexcept nogil:
    """Links for the mesh model `contention`. False: no memory."""
    cdef link_table *table = <link_table *>calloc(1, sizeof(link_table))
    cdef size_t size
    network.links = <ep_links *>table
    if table == NULL:
        return False
    table.columns = columns + 1
    table.places = rows * table.columns
    size = <size_t>table.places * 4 * NETWORKS * sizeof(link)
    if posix_memalign(<void **>&table.links, sizeof(link), size) != 0:
        table.links = NULL
        return False
    memset(table.links, 0, size)
    return True


cdef void links_destroy(ep_network *network) noexcept nogil:
    cdef link_table *table = <link_table *>network.links
    if table != NULL:
        free(table.links)
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

cdef void drop_run(link *one, int32_t which) noexcept nogil:
    cdef int32_t index
    one.count -= 1
    for index in range(which, one.count):
        one.runs[index] = one.runs[index + 1]


cdef void join_nearest(link *one) noexcept nogil:
    """Makes room for one more: the two runs with the least time between them become one."""
    cdef int32_t index
    cdef int32_t best = 0
    for index in range(1, one.count - 1):
        if one.runs[index + 1].start - one.runs[index].end < one.runs[best + 1].start - one.runs[best].end:
            best = index
    one.runs[best].end = one.runs[best + 1].end
    drop_run(one, best + 1)


cdef inline int64_t take_link(link *one, int64_t time, int64_t length, int64_t now) noexcept nogil:
    """Takes a link for `length` ticks at the first time from `time` on at which it is free, and tells when.

    Nobody asks for times before `now` any more.
    """
    if one.free_from <= now:  # mostly
        one.count = 0
        one.runs[0].start = time
        one.free_from = time + length
        return time
    return take_busy_link(one, time, length, now)


cdef int64_t take_busy_link(link *one, int64_t time, int64_t length, int64_t now) noexcept nogil:
    """`take_link` where somebody has taken it for a time ahead."""
    cdef int32_t position, index
    cdef int64_t asked = time
    if one.count == 0:
        one.count = 1
        one.runs[0].end = one.free_from
    while one.count > 0 and one.runs[0].end <= now:
        drop_run(one, 0)
    if one.count == RUNS:
        join_nearest(one)
    position = 0
    while position < one.count:
        if one.runs[position].end > time:
            if time + length <= one.runs[position].start:
                break
            time = one.runs[position].end
        position += 1
    # [time, time + length) is free, and comes before the run at `position`.
    if position > 0 and one.runs[position - 1].end == time:
        one.runs[position - 1].end = time + length
        if position < one.count and one.runs[position].start == time + length:
            one.runs[position - 1].end = one.runs[position].end
            drop_run(one, position)
    elif position < one.count and one.runs[position].start == time + length:
        one.runs[position].start = time
    else:
        for index in range(one.count, position, -1):
            one.runs[index] = one.runs[index - 1]
        one.runs[position].start = time
        one.runs[position].end = time + length
        one.count += 1
    one.free_from = one.runs[one.count - 1].end
    one.waited += time - asked
    return time


cdef inline link *links_here(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil:
    """The record of a link at a place; that of one which crosses a chip's edge is `link_at`'s."""
    cdef link_table *table = <link_table *>network.links
    return table.links + ((kind * table.places + where.row * table.columns + where.column) * 4 + towards)


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


cdef link *link_record(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil:
    """What a link at a place has carried; of one that crosses a chip's edge, at the first place of its side."""
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
    one.messages += 1
    one.more_bytes += bytes - 8
    one.more_busy += length - network.wire[EP_INSIDE]
    return take_link(one, time, length, now)


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
        time = take_link(one, time, length + more, now) + network.hop
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


cdef inline int64_t take_words(link *one, int32_t stride, int32_t far, const ep_network *network, int64_t time,
                               int64_t now, int64_t *held) noexcept nogil:
    """`take_line` for 8 bytes, from one link to the place of another `far` from it. Adds what the head waits."""
    cdef int64_t length = network.wire[EP_INSIDE]
    cdef int64_t start
    cdef link *end = one + far
    while one != end:
        start = take_link(one, time, length, now)
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
        time = take_words(one + (EAST if columns > 0 else WEST), 4 if columns > 0 else -4, 4 * columns, network,
                          time, core.base.clock, &held)
        one += 4 * columns
    if rows != 0:
        columns = 4 * table.columns
        take_words(one + (SOUTH if rows > 0 else NORTH), columns if rows > 0 else -columns, rows * columns,
                   network, time, core.base.clock, &held)
    return held


cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil:
    """Takes the links from one place to another for a message; how many ticks its head waits in all."""
    cdef int64_t time = departs + network.startup
    cdef int64_t begun = time
    cdef int64_t moving = way(network, start, end) - network.startup
    cdef place where = start
    cdef int32_t column
    cdef int32_t row
    if not leaves_chip(network, start, end):
        return take_inside(network, kind, start, end, departs, bytes)
    if kind == WRITES:
        kind = OFF_CHIP
    while where.column < end.column:
        column = where.column
        time = pass_link(network, kind, where, EAST, network.column_side[column], time, departs, bytes)
        time += network.column_at[column + 1] - network.column_at[column]
        where.column += 1
    while where.column > end.column:
        column = where.column - 1
        time = pass_link(network, kind, where, WEST, network.column_side[column], time, departs, bytes)
        time += network.column_at[column + 1] - network.column_at[column]
        where.column -= 1
    while where.row < end.row:
        row = where.row
        time = pass_link(network, kind, where, SOUTH, network.row_side[row], time, departs, bytes)
        time += network.row_at[row + 1] - network.row_at[row]
        where.row += 1
    while where.row > end.row:
        row = where.row - 1
        time = pass_link(network, kind, where, NORTH, network.row_side[row], time, departs, bytes)
        time += network.row_at[row + 1] - network.row_at[row]
        where.row -= 1
    return time - begun - moving
