# ways: see ways.pxd.
from libc.stdint cimport int16_t, uint16_t
from .core_record cimport EP_INSIDE, ep_network, ep_way
from .lines cimport line_of, make_stretch, make_whole, note_taken, take_line, watch_inside
from .links cimport (
    ANY_PARTS, EAST, LINKS_FIRST, NORTH, ONE_LINK, ONLY_LINES, ONLY_LINKS, SOUTH, WEST, WHOLE, WRITES, line,
    line_or_link, links_here, place, place_of, take_route, way, way_kind,
)
from .watched_links cimport take_free, take_watched, take_watched_way, to_phase

cdef enum:
    FEW_WAYS = 16       # that a core notes of a large mesh: a power of two
    MOST_WAYS = 128     # places of a mesh that is small enough for a core to note its ways to all of them
    ANEW = 1            # `known_way.leads` where a way that is noted is not to be gone any more
    SOME_WAYS = 4       # through a line, that tell how far messages go there
    FAR = 2             # links that they take at least, in the mean, for the line to be taken as a whole
    LONG_LINE = 6       # places that it has to have for that


# ---- noting them ------------------------------------------------------------------------------------

cdef int32_t ways_each(const link_table *table) noexcept nogil:
    """How many ways a core notes."""
    cdef int32_t count = FEW_WAYS
    while count < table.places and table.places <= MOST_WAYS:
        count *= 2
    return count


cdef void find_ways(ep_core_record *core) noexcept nogil:
    """Decides where a core notes its ways, and where others note theirs to it, if links are ever taken.

    On a large mesh those to the cores around it are noted in places of their own, others where there is place.
    """
    cdef const link_table *table = <link_table *>core.machine.network.links
    cdef int32_t number
    if table == NULL:
        return
    core.ways = <ep_way *>(table.ways + table.ways_each * core.index)
    number = core.row * table.columns + core.column
    if table.ways_each < table.places:
        number = core.column + 6 * <int32_t>core.row
    core.way = <uint16_t>((number & (table.ways_each - 1)) * <int32_t>sizeof(known_way))


cdef void leave_way(known_way *old) noexcept nogil:
    """A way is noted no more: its lines note when it was last taken."""
    if old.steps == 0:
        note_taken(old.along.all.taken, old.stretch, old.last + old.phase + old.usual)
    if old.then.all != NULL and old.then_steps == 0:
        note_taken(old.then.all.taken, old.then_stretch, old.last + old.then_phase + old.usual)
    old.leads = ANEW


cdef bint through_links_of(const line *one, int64_t places, line_or_link part, int32_t steps) noexcept nogil:
    """Whether a part of a way takes links of a line one by one; perhaps also if they are those of the next ones."""
    cdef int64_t far = <char *>part.first - <char *>one.links
    return steps > 0 and 0 <= far < places * one.stride and far % one.stride == 0


cdef int64_t places_of(const ep_network *network, const line *one) noexcept nogil:
    """Of a line, and of those on other chips that go on where it ends."""
    cdef const link_table *table = <link_table *>network.links
    return table.columns - 1 if one.stride == 4 * <int64_t>sizeof(link) else table.places // table.columns


cdef void make_line_whole(ep_network *network, line *one) noexcept nogil:
    """`make_whole`; ways that take its links one by one are to be noted anew."""
    cdef link_table *table = <link_table *>network.links
    cdef int64_t places = places_of(network, one)
    cdef known_way *found
    cdef int32_t index
    table.whole = True
    make_whole(one, places)
    for index in range(table.ways_noted):
        found = table.ways + table.noted[index]
        if found.leads != ANEW and (
                through_links_of(one, places, found.along, found.steps)
                or (found.then.all != NULL and through_links_of(one, places, found.then, found.then_steps))):
            leave_way(found)


cdef void note_part(ep_network *network, place start, place end, int64_t time, line_or_link *what, int32_t *phase,
                    int32_t *stride, int16_t *steps, uint16_t *stretch) noexcept nogil:
    """Fills in what a way takes from one place to another in one line: the line, or links of it one by one.

    `time`: from the message's departure until it comes there.
    """
    cdef int32_t columns = end.column - start.column
    cdef int32_t far = columns if columns != 0 else end.row - start.row
    cdef int32_t here = start.column if columns != 0 else start.row
    cdef int32_t onwards = 1 if far > 0 else -1
    cdef int32_t towards
    cdef line *one
    if columns != 0:
        towards = EAST if far > 0 else WEST
    else:
        towards = SOUTH if far > 0 else NORTH
    one = line_of(network, start, towards)
    one.ways += 1
    one.steps += far * onwards
    if (one.state == LINKS_FIRST and one.ways >= SOME_WAYS and one.steps >= FAR * one.ways
            and places_of(network, one) >= LONG_LINE):
        make_line_whole(network, one)
    phase[0] = <int32_t>(time + to_phase(network, start, towards))
    stride[0] = onwards * <int32_t>one.stride
    stretch[0] = make_stretch(here, here + far - onwards)
    if one.state == WHOLE:
        what.all = one
        steps[0] = 0
    else:
        what.first = links_here(network, WRITES, start, towards)
        steps[0] = <int16_t>(far * onwards)


cdef way_kind kind_of(const known_way *one) noexcept nogil:
    if one.then.all == NULL:
        if one.steps == 0:
            return ONLY_LINES
        return ONE_LINK if one.steps == 1 else ONLY_LINKS
    if one.steps == 0 and one.then_steps == 0:
        return ONLY_LINES
    return ANY_PARTS if one.steps == 0 or one.then_steps == 0 else ONLY_LINKS


cdef void note_way(ep_core_record *core, ep_core_record *to) noexcept nogil:
    """Notes the way from a core to another one, which is on its chip and not at its place."""
    cdef ep_network *network = &core.machine.network
    cdef link_table *table = <link_table *>network.links
    cdef known_way *found = way_to(core, to)
    cdef int32_t columns = <int32_t>to.column - <int32_t>core.column
    cdef int32_t rows = <int32_t>to.row - <int32_t>core.row
    cdef int64_t hops = columns if columns >= 0 else -columns
    cdef place turn = place_of(core)
    cdef place end = place_of(to)
    if found.leads == 0:
        table.noted[table.ways_noted] = <int32_t>(found - table.ways)
        table.ways_noted += 1
        found.leads = ANEW
    elif found.leads != ANEW:
        leave_way(found)
    found.last = 0
    found.then.all = NULL
    found.then_steps = 0
    turn.column = end.column
    if columns != 0:
        note_part(network, place_of(core), turn, network.startup, &found.along, &found.phase, &found.stride,
                  &found.steps, &found.stretch)
        if rows != 0:
            note_part(network, turn, end, network.startup + hops * network.hop, &found.then, &found.then_phase,
                      &found.then_stride, &found.then_steps, &found.then_stretch)
    else:
        note_part(network, turn, end, network.startup, &found.along, &found.phase, &found.stride, &found.steps,
                  &found.stretch)
    found.leads = <size_t>to + kind_of(found)
    found.usual = <int32_t>network.wire[EP_INSIDE]
    found.whole = <int32_t>(network.startup + (hops + (rows if rows >= 0 else -rows)) * network.hop)


cdef inline bint is_split(line_or_link part, int32_t steps) noexcept nogil:
    """Whether a part of a way that is noted as a line is to be noted anew, since the line is split."""
    return steps == 0 and part.all.state != WHOLE


# ---- going along them -------------------------------------------------------------------------------

cdef bint take_rest(ep_core_record *core, const ep_core_record *to, known_way *found, int64_t departs, link *one,
                    int32_t steps, bint turned) noexcept nogil:
    """Takes so many links from one on of the first part of a way, or of the second if it has `turned`.

    `steps` 0: all of a part that is a line. False: perhaps somebody else has a link then.
    """
    cdef ep_network *network = &core.machine.network
    cdef place start = place_of(core)
    cdef place end = place_of(to)
    cdef int64_t time = departs + network.startup
    if steps > 0:
        return take_watched(one, found.then_stride if turned else found.stride, steps,
                            departs + (found.then_phase if turned else found.phase), found.usual)
    if turned:
        time += (end.column - start.column if end.column > start.column else start.column - end.column) * network.hop
        start.column = end.column
    elif end.column != start.column:
        end.row = start.row
    return watch_inside(network, WRITES, start, end, time, 8)


cdef bint walk_on(ep_core_record *core, ep_core_record *to, int64_t departs, link *one, int32_t steps,
                  bint turned) noexcept nogil:
    """`walk_watched` where a part of a way is taken already, all of the first part if it has `turned`.

    `one`, `steps`: as for `take_rest`.
    """
    cdef known_way *found = way_to(core, to)
    if found.leads - <size_t>to <= ONLY_LINKS:
        return take_watched_way(found, departs, one, steps, turned)
    if not take_rest(core, to, found, departs, one, steps, turned):
        return False
    if not turned and found.then.all != NULL and not take_rest(core, to, found, departs, found.then.first,
                                                               found.then_steps, True):
        return False
    found.last = departs
    if is_split(found.along, found.steps) or (found.then.all != NULL and is_split(found.then, found.then_steps)):
        note_way(core, to)
    return True


cdef int64_t walk_watched(ep_core_record *core, ep_core_record *to, int64_t departs) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `departs`, or -1: perhaps they would wait."""
    cdef const known_way *found
    cdef ep_network *network = &core.machine.network
    if way_to(core, to).leads - <size_t>to > ANY_PARTS:
        if core.chip != to.chip or (core.row == to.row and core.column == to.column):
            if take_route(network, WRITES, place_of(core), place_of(to), departs, 8):
                return -1
            return departs + way(network, place_of(core), place_of(to))
        note_way(core, to)
    found = way_to(core, to)
    return departs + found.whole if walk_on(core, to, departs, found.along.first, found.steps, False) else -1


cdef inline bint take_part(line_or_link what, int32_t steps, int32_t stride, uint16_t stretch, int64_t phase,
                           int64_t usual, link **one, int32_t *left) noexcept nogil:
    """Takes a part of a way as far as nobody has it later. False: that is up to `one`, `left` before its end.

    A line is taken all or not at all, which 0 left stand for.
    """
    left[0] = steps
    one[0] = what.first
    if steps == 0:
        return take_line(what.all, stretch, phase, usual)
    one[0] = take_free(what.first, stride, left, phase, usual)
    return one[0] == NULL


cdef int64_t watch_parts(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                         int64_t departs) noexcept nogil:
    """`watch_word` for a way that is a line and links, or is not noted yet."""
    cdef known_way *way = way_to(core, to)
    cdef int64_t arrival
    cdef int32_t left
    cdef link *one
    if way.leads == <size_t>to + ANY_PARTS:
        if not take_part(way.along, way.steps, way.stride, way.stretch, departs + way.phase, way.usual, &one, &left):
            return watch_on(runs, core, to, departs, one, left, False)
        if way.then.all != NULL and not take_part(way.then, way.then_steps, way.then_stride, way.then_stretch,
                                                  departs + way.then_phase, way.usual, &one, &left):
            return watch_on(runs, core, to, departs, one, left, True)
        way.last = departs
        return departs + way.whole
    arrival = walk_watched(core, to, departs)
    if arrival < 0:
        begin_again(runs)
    return arrival


cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil:
    """`watch_word` for a way of lines that are taken as a whole, and for whatever is less frequent."""
    cdef known_way *way = way_to(core, to)
    if way.leads != <size_t>to + ONLY_LINES:
        return watch_parts(runs, core, to, departs)
    if not take_line(way.along.all, way.stretch, departs + way.phase, way.usual):
        return watch_on(runs, core, to, departs, NULL, 0, False)
    if way.then.all != NULL and not take_line(way.then.all, way.then_stretch, departs + way.then_phase, way.usual):
        return watch_on(runs, core, to, departs, NULL, 0, True)
    way.last = departs
    return departs + way.whole


cdef int64_t watch_on(ep_core_record *runs, ep_core_record *core, ep_core_record *to, int64_t departs, link *one,
                      int32_t steps, bint turned) noexcept nogil:
    """The rest of `watch_way`: see `walk_on`."""
    if not walk_on(core, to, departs, one, steps, turned):
        begin_again(runs)
    return departs + way_to(core, to).whole
