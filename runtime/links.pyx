# links: see links.pxd.
from libc.stdint cimport uint16_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy
from .contention cimport begin_again
from .core_record cimport EP_MESH_PLACES
from .links cimport FEW_RUNS

cdef enum:
    CACHE_LINE = 64

cdef extern from "<stdint.h>" nogil:
    # In place of the time before which nobody asks: messages come in any order.
    const int64_t ANY_ORDER "INT64_MIN"
    # Marks the start of a time whose length is noted.
    const int64_t OTHER_LENGTH "INT64_MIN"


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
    cdef size_t ways
    network.links = <ep_links *>table
    if table == NULL:
        return False
    table.columns = columns + 1
    table.places = rows * table.columns
    table.count = table.places * 4 * NETWORKS
    # Most links of a large mesh are never taken: what is only cleared costs nothing before it is used.
    table.ways_each = FEW_WAYS
    while table.ways_each < table.places and table.places <= MOST_WAYS:
        table.ways_each *= 2
    ways = <size_t>table.places * table.ways_each * sizeof(known_way)
    table.room = calloc(1, <size_t>table.count * sizeof(link) + ways + CACHE_LINE)
    table.links = <link *>((<size_t>table.room + CACHE_LINE - 1) & ~<size_t>(CACHE_LINE - 1))
    table.ways = <known_way *>(table.links + table.count)
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
    if now == ANY_ORDER:
        one.messages -= 1  # it is counted by `seen`
        return time if watch_link(one, time, length, network.wire[EP_INSIDE]) else time + 1
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


cdef bint watch_link(link *one, int64_t time, int64_t length, int64_t usual) noexcept nogil:
    """Takes a link that is watched for that very time. False: perhaps somebody else has it then.

    What came before the last FEW_RUNS - 1 messages is forgotten. `usual`: the length that is not noted.
    """
    return fit_in(one, time, length, usual)


cdef inline bint fit_in(link *one, int64_t time, int64_t length, int64_t usual) noexcept nogil:
    cdef last_times *last = &one.times.last
    cdef int64_t number = <int64_t>(<uint64_t>one.seen // ONE_SEEN)
    cdef int64_t known = number - (FEW_RUNS - 1) if number >= FEW_RUNS else 0
    cdef int64_t place = number
    cdef int64_t start, earlier
    while place > known:  # later times make room
        earlier = (place - 1) & (FEW_RUNS - 1)
        start = last.start[earlier]
        if start + usual <= time:  # as for every one that is marked
            if start >= 0 or (start & ~OTHER_LENGTH) + last.length[earlier] <= time:
                break
            last.length[place & (FEW_RUNS - 1)] = last.length[earlier]
        last.start[place & (FEW_RUNS - 1)] = start
        place -= 1
    if place == known and known > 0:
        return False
    if place == number:
        one.free_from = time + length
    elif time + length > last.start[(place + 1) & (FEW_RUNS - 1)] & ~OTHER_LENGTH:
        return False
    note_time(last, place, time, length, usual)
    one.seen += ONE_SEEN
    return True


cdef inline void note_time(last_times *last, int64_t number, int64_t time, int64_t length,
                           int64_t usual) noexcept nogil:
    """Number `number` of a watched link's times."""
    if length == usual:
        last.start[number & (FEW_RUNS - 1)] = time
    else:
        last.start[number & (FEW_RUNS - 1)] = time | OTHER_LENGTH
        last.length[number & (FEW_RUNS - 1)] = length


cdef void watch_links(ep_network *network, int64_t now) noexcept nogil:
    """From now on links are only watched: nobody takes one for a time before `now` any more.

    What is known of times ahead is kept, as long as it is not too much to be remembered: of that the link is
    taken without a gap, and so it is before `now`, of which all is forgotten.
    """
    cdef link_table *table = <link_table *>network.links
    cdef link_run runs[FEW_RUNS]
    cdef link *one
    cdef uint32_t first, place, count
    cdef int32_t index
    table.watched = True
    for index in range(table.count):
        one = table.links + index
        if one.messages == 0:
            continue
        if one.count == 0:
            one.count = 1
            runs_of(one)[0].start = one.times.ahead[0].start
            runs_of(one)[0].end = one.free_from
        first = one.count - (FEW_RUNS - 2) if one.count > FEW_RUNS - 2 else 0
        runs[0].start = 0
        runs[0].end = now
        if first > 0 and runs_of(one)[first - 1].end > now:
            runs[0].end = runs_of(one)[first - 1].end
        for place in range(first, one.count):
            runs[place - first + 1] = runs_of(one)[place]
        count = one.count - first + 1
        for place in range(count):
            note_time(&one.times.last, place, runs[place].start, runs[place].end - runs[place].start,
                      network.wire[EP_INSIDE])
        one.seen = count * ONE_SEEN
        one.messages -= count


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
    cdef int64_t now = ANY_ORDER if table.watched else departs
    cdef link *one = links_here(network, kind, start, EAST)
    cdef link *turn = one + 4 * columns
    if columns > 0:
        time = take_line(one + EAST, 4, columns, time, network, now, bytes)
    elif columns < 0:
        columns = -columns
        time = take_line(one + WEST, -4, columns, time, network, now, bytes)
    if rows > 0:
        time = take_line(turn + SOUTH, line, rows, time, network, now, bytes)
    elif rows < 0:
        rows = -rows
        time = take_line(turn + NORTH, -line, rows, time, network, now, bytes)
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


cdef void note_ways(ep_core_record *core) noexcept nogil:
    """Fills in where a core notes ways to others, if links are ever taken, and where they note theirs to it.

    On a large mesh those to the cores around it are noted in places of their own, others where there is place.
    """
    cdef link_table *table = <link_table *>core.machine.network.links
    cdef int32_t number
    if table == NULL:
        return
    number = core.row * table.columns + core.column
    core.ways = <ep_way *>(table.ways + table.ways_each * number)
    if table.ways_each < table.places:
        number = core.column + 6 * <int32_t>core.row
    core.way = <uint16_t>((number & (table.ways_each - 1)) * <int32_t>sizeof(known_way))


cdef void note_way(ep_core_record *core, ep_core_record *to) noexcept nogil:
    """Notes the way from a core to another one, which is on its chip and not at its place."""
    cdef ep_network *network = &core.machine.network
    cdef link_table *table = <link_table *>network.links
    cdef known_way *found = way_to(core, to)
    cdef int64_t columns = <int32_t>to.column - <int32_t>core.column
    cdef int64_t rows = <int32_t>to.row - <int32_t>core.row
    cdef int64_t line = 4 * table.columns * <int64_t>sizeof(link)
    cdef link *one = links_here(network, WRITES, place_of(core), EAST)
    found.to = to
    found.first = one + (EAST if columns > 0 else WEST)
    found.steps = columns if columns >= 0 else -columns
    found.stride = (4 if columns > 0 else -4) * <int64_t>sizeof(link)
    one += 4 * columns
    found.then = one + (SOUTH if rows > 0 else NORTH)
    found.then_steps = rows if rows >= 0 else -rows
    found.then_stride = line if rows > 0 else -line
    if columns == 0:
        found.first, found.steps, found.stride = found.then, found.then_steps, found.then_stride
        found.then_steps = 0
    found.next = to if found.steps + found.then_steps == 1 else NULL


cdef int64_t walk_on(const ep_network *network, const known_way *way, link *one, int64_t steps, bint turned,
                     int64_t time) noexcept nogil:
    """`walk_watched` from a link on, to which the message comes at `time`.

    `steps`: how many links are left of that line, the second if it has `turned`.
    """
    cdef int64_t usual = network.wire[EP_INSIDE]
    cdef int64_t stride = way.then_stride if turned else way.stride
    while True:
        while steps > 0:
            if one.free_from <= time:
                watch_free_link(one, time, usual)
            elif not fit_in(one, time, usual, usual):
                return -1
            time += network.hop
            one = <link *>(<char *>one + stride)
            steps -= 1
        if turned:
            return time
        one, steps, stride = way.then, way.then_steps, way.then_stride
        turned = True


cdef int64_t walk_watched(ep_core_record *core, ep_core_record *to, int64_t departs) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `departs`, or -1: perhaps they would wait."""
    cdef ep_network *network = &core.machine.network
    cdef const known_way *found = way_to(core, to)
    if found.to != to:
        if core.chip != to.chip or (core.row == to.row and core.column == to.column):
            if take_route(network, WRITES, place_of(core), place_of(to), departs, 8):
                return -1
            return departs + way(network, place_of(core), place_of(to))
        note_way(core, to)
    return walk_on(network, found, found.first, found.steps, False, departs + network.startup)


cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil:
    """`watch_way` of one that is not noted yet."""
    cdef int64_t arrival = walk_watched(core, to, departs)
    if arrival < 0:
        begin_again(runs)
    return arrival


cdef int64_t watch_on(ep_core_record *runs, const known_way *way, link *one, int64_t steps, bint turned,
                      int64_t time) noexcept nogil:
    """The rest of `watch_way`: see `walk_on`."""
    cdef int64_t arrival = walk_on(&runs.machine.network, way, one, steps, turned, time)
    if arrival < 0:
        begin_again(runs)
    return arrival


cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil:
    """Takes the links from one place to another for a message; how many ticks its head waits in all.

    Where links are watched: 0, or anything else where it might have to wait.
    """
    cdef int64_t time = departs + network.startup
    cdef int64_t begun = time
    cdef int64_t moving = way(network, start, end) - network.startup
    cdef int64_t now = ANY_ORDER if (<link_table *>network.links).watched else departs
    cdef place where = start
    cdef int32_t column
    cdef int32_t row
    if not leaves_chip(network, start, end):
        return take_inside(network, kind, start, end, departs, bytes)
    if kind == WRITES:
        kind = OFF_CHIP
    while where.column < end.column:
        column = where.column
        time = pass_link(network, kind, where, EAST, network.column_side[column], time, now, bytes)
        time += network.column_at[column + 1] - network.column_at[column]
        where.column += 1
    while where.column > end.column:
        column = where.column - 1
        time = pass_link(network, kind, where, WEST, network.column_side[column], time, now, bytes)
        time += network.column_at[column + 1] - network.column_at[column]
        where.column -= 1
    while where.row < end.row:
        row = where.row
        time = pass_link(network, kind, where, SOUTH, network.row_side[row], time, now, bytes)
        time += network.row_at[row + 1] - network.row_at[row]
        where.row += 1
    while where.row > end.row:
        row = where.row - 1
        time = pass_link(network, kind, where, NORTH, network.row_side[row], time, now, bytes)
        time += network.row_at[row + 1] - network.row_at[row]
        where.row -= 1
    return time - begun - moving
