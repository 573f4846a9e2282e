# watched_links: see watched_links.pxd.
from libc.stdint cimport uint16_t, uint32_t
from libc.string cimport memset
from .contention cimport begin_again
from .core_record cimport ep_way
from .links cimport LAST_TIMES, NORTH, WRITES, link_run, links_here, place_of, take_route, way

cdef enum:
    FEW_WAYS = 16       # that a core notes of a large mesh: a power of two
    MOST_WAYS = 128     # places of a mesh that is small enough for a core to note its ways to all of them

cdef extern from "<stdint.h>" nogil:
    # Marks the start of a time whose length is noted.
    const int64_t OTHER_LENGTH "INT64_MIN"


# ---- what a link remembers ------------------------------------------------------------------------

cdef inline int64_t *start_at(link *one, uint8_t at) noexcept nogil:
    return <int64_t *>(<char *>one.times.last.start + at)


cdef inline int64_t *length_at(link *one, uint8_t at) noexcept nogil:
    return <int64_t *>(<char *>one.times.last.length + at)


cdef inline void note_time(link *one, uint8_t at, int64_t start, int64_t length, int64_t usual) noexcept nogil:
    if length == usual:
        start_at(one, at)[0] = start
    else:
        start_at(one, at)[0] = start | OTHER_LENGTH
        length_at(one, at)[0] = length


cdef inline bint fit_in(link *one, int64_t phase, int64_t length, int64_t usual) noexcept nogil:
    """`watch_link`; `usual`: the length that is not noted."""
    cdef uint8_t at = <uint8_t>one.seen
    cdef uint8_t newest = at
    cdef uint8_t earlier
    cdef int64_t start
    cdef int32_t moved
    for moved in range(LAST_TIMES - 1):  # later times make room
        earlier = at - ONE_START
        start = start_at(one, earlier)[0]
        if start + usual <= phase:  # as for every one that is marked
            if start >= 0 or (start & ~OTHER_LENGTH) + length_at(one, earlier)[0] <= phase:
                break
            length_at(one, at)[0] = length_at(one, earlier)[0]
        start_at(one, at)[0] = start
        at = earlier
    else:
        return False  # what was before all these is forgotten
    if at == newest:
        one.free_from = phase + length
    elif phase + length > start_at(one, at + ONE_START)[0] & ~OTHER_LENGTH:
        return False
    note_time(one, at, phase, length, usual)
    one.seen += ONE_START
    return True


cdef bint watch_link(link *one, int64_t phase, int64_t length, const ep_network *network) noexcept nogil:
    """Takes a link that is watched for that very time. False: perhaps somebody else has it then."""
    return fit_in(one, phase, length, network.wire[EP_INSIDE])


cdef void begin_to_watch(link *one, int64_t phase, int64_t now, int64_t usual) noexcept nogil:
    """From its times ahead makes what a link remembers, as far as it can; before `now` it is not to be taken.

    `phase`: see `to_phase`.
    """
    cdef link_run runs[LAST_TIMES - 1]
    cdef const link_run *ahead = one.more if one.more != NULL else one.times.ahead
    cdef uint32_t count = one.count if one.count > 0 else 1
    cdef uint32_t first = count - (LAST_TIMES - 2) if count > LAST_TIMES - 2 else 0
    cdef uint32_t index
    runs[0].start = 0
    runs[0].end = now
    if first > 0 and ahead[first - 1].end > now:
        runs[0].end = ahead[first - 1].end
    count -= first
    for index in range(count):
        runs[index + 1] = ahead[first + index]
    if one.count == 0:
        runs[1].end = one.free_from
    memset(&one.times.last, 0, sizeof(one.times.last))
    for index in range(count + 1):
        note_time(one, <uint8_t>(index * ONE_START), runs[index].start + phase,
                  runs[index].end - runs[index].start, usual)
    one.seen = (count + 1) * ONE_START
    one.messages -= count + 1
    one.free_from += phase


cdef void watch_links(ep_network *network, int64_t now) noexcept nogil:
    """From now on links are only watched: nobody takes one for a time before `now` any more.

    What is known of times ahead is kept, as long as it is not too much to be remembered: of that the link is
    taken without a gap, and so it is before `now`, of which all is forgotten.
    """
    cdef link_table *table = <link_table *>network.links
    cdef place where
    cdef int32_t index, towards
    table.watched = True
    for index in range(table.count):
        if table.links[index].messages == 0:
            continue
        towards = index % 4
        where.column = index // 4 % table.columns
        where.row = index // 4 % table.places // table.columns
        begin_to_watch(table.links + index, to_phase(network, where, towards), now, network.wire[EP_INSIDE])


# ---- the ways that cores note -----------------------------------------------------------------------

cdef size_t size_of_ways(link_table *table) noexcept nogil:
    """Decides how many ways are noted at a place; the bytes of all."""
    table.ways_each = FEW_WAYS
    while table.ways_each < table.places and table.places <= MOST_WAYS:
        table.ways_each *= 2
    return <size_t>table.places * table.ways_each * sizeof(known_way)


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
    cdef known_way *found = way_to(core, to)
    cdef int32_t line = 4 * (<link_table *>network.links).columns * <int32_t>sizeof(link)
    cdef int32_t columns = <int32_t>to.column - <int32_t>core.column
    cdef int32_t rows = <int32_t>to.row - <int32_t>core.row
    cdef int32_t along = EAST if columns > 0 else WEST
    cdef int32_t across = SOUTH if rows > 0 else NORTH
    cdef place turn = place_of(core)
    found.to = to
    found.first = links_here(network, WRITES, turn, along)
    found.phase = <int32_t>(network.startup + to_phase(network, turn, along))
    found.steps = columns if columns >= 0 else -columns
    found.stride = (4 if columns > 0 else -4) * <int32_t>sizeof(link)
    turn.column = to.column
    found.then = links_here(network, WRITES, turn, across)
    found.then_phase = <int32_t>(network.startup + found.steps * network.hop + to_phase(network, turn, across))
    found.then_steps = rows if rows >= 0 else -rows
    found.then_stride = line if rows > 0 else -line
    if columns == 0:
        found.first, found.phase, found.stride = found.then, found.then_phase, found.then_stride
        found.steps, found.then_steps = found.then_steps, 0
    found.next = to if found.steps + found.then_steps == 1 else NULL
    found.usual = <int32_t>network.wire[EP_INSIDE]
    found.whole = <int32_t>(network.startup + (found.steps + found.then_steps) * network.hop)


# ---- going along them -------------------------------------------------------------------------------

cdef bint watch_line(const ep_network *network, link *one, int64_t stride, int32_t steps, int64_t phase,
                     int64_t bytes) noexcept nogil:
    """Takes so many links of one direction on a chip. False: perhaps somebody else has one then."""
    cdef int64_t usual = network.wire[EP_INSIDE]
    cdef int64_t length = usual * ((bytes + 7) // 8) if bytes > 8 else usual
    while steps > 0:
        one.more_bytes += bytes - 8
        one.more_busy += length - usual
        if not fit_in(one, phase, length, usual):
            return False
        one += stride
        steps -= 1
    return True


cdef bint watch_inside(ep_network *network, network_kind kind, place start, place end, int64_t time,
                       int64_t bytes) noexcept nogil:
    """Takes the links on one chip for a message that comes to the first one at `time`; False as above."""
    cdef int32_t line = 4 * (<link_table *>network.links).columns
    cdef int32_t columns = end.column - start.column
    cdef int32_t rows = end.row - start.row
    cdef int32_t along = EAST if columns > 0 else WEST
    cdef int32_t across = SOUTH if rows > 0 else NORTH
    cdef link *one = links_here(network, kind, start, along)
    if columns != 0 and not watch_line(network, one, 4 if columns > 0 else -4, columns if columns > 0 else -columns,
                                       time + to_phase(network, start, along), bytes):
        return False
    time += (columns if columns > 0 else -columns) * network.hop
    start.column = end.column
    one = links_here(network, kind, start, across)
    return rows == 0 or watch_line(network, one, line if rows > 0 else -line, rows if rows > 0 else -rows,
                                   time + to_phase(network, start, across), bytes)


cdef bint walk_on(const known_way *way, link *one, int32_t steps, bint turned, int64_t departs,
                  int64_t usual) noexcept nogil:
    """`walk_watched` from a link on. `steps`: how many are left of that line, the second if it has `turned`."""
    cdef int64_t stride = way.then_stride if turned else way.stride
    cdef int64_t phase = departs + (way.then_phase if turned else way.phase)
    while True:
        while steps > 0:
            if one.free_from <= phase:
                watch_free_link(one, phase, phase + usual)
            elif not fit_in(one, phase, usual, usual):
                return False
            one = <link *>(<char *>one + stride)
            steps -= 1
        if turned:
            return True
        one, steps, stride, phase = way.then, way.then_steps, way.then_stride, departs + way.then_phase
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
    if not walk_on(found, found.first, found.steps, False, departs, network.wire[EP_INSIDE]):
        return -1
    return departs + found.whole


cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil:
    """`watch_word` for a way that is not noted yet."""
    cdef int64_t arrival = walk_watched(core, to, departs)
    if arrival < 0:
        begin_again(runs)
    return arrival


cdef int64_t watch_on(const known_way *way, int64_t departs, ep_core_record *runs, link *one, int32_t steps,
                      bint turned) noexcept nogil:
    """The rest of `watch_way`: see `walk_on`."""
    if not walk_on(way, one, steps, turned, departs, runs.machine.network.wire[EP_INSIDE]):
        begin_again(runs)
    return departs + way.whole
