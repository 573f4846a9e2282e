# watched_links: links while it is believed that nobody has to wait for one (links.pxd).
#
# Messages then take links in any order, for the times at which they come to them. Each link
# remembers the last few of these to tell whether two messages meet. Where they do, or
# might, nothing is known any more of who waits for whom, and the run begins again (core.pyx).
#
# For nearly every message of a run this is all that the mesh model costs, so a link takes
# nine instructions here. Two things make them so few. In place of times links note
# phases: what a time is ahead of a wave that goes along the line of links with
# the messages, a hop a link, so that a message has the same phase at all links of a line.
# And the place of the next phase is a byte, which begins again by itself after the last: the lowest of a
# word that goes on, and counts the messages.
from libc.stdint cimport int32_t, int64_t, uint8_t
from .core_record cimport EP_INSIDE, EP_MESH_PLACES, ep_core_record, ep_network
from .links cimport EAST, SOUTH, WEST, known_way, link, link_table, network_kind, place


cdef enum:
    ONE_START = 8       # bytes of a phase in `last_times`


cdef size_t size_of_ways(link_table *table) noexcept nogil
cdef void note_ways(ep_core_record *core) noexcept nogil
cdef void watch_links(ep_network *network, int64_t now) noexcept nogil
cdef bint watch_link(link *one, int64_t phase, int64_t length, const ep_network *network) noexcept nogil
cdef bint watch_inside(ep_network *network, network_kind kind, place start, place end, int64_t time,
                       int64_t bytes) noexcept nogil
cdef int64_t walk_watched(ep_core_record *core, ep_core_record *to, int64_t departs) noexcept nogil
cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil
cdef int64_t watch_on(const known_way *way, int64_t departs, ep_core_record *runs, link *one, int32_t steps,
                      bint turned) noexcept nogil


cdef inline int64_t to_phase(const ep_network *network, place where, int32_t towards) noexcept nogil:
    """What the phase of a message at a link is more than the time at which it comes there, for all its links.

    The longest time that a phase may be compared with is added, so that none is less than what the zeros of
    `last_times` stand for.
    """
    cdef int64_t ahead
    if towards <= WEST:
        ahead = EP_MESH_PLACES - where.column if towards == EAST else where.column
    else:
        ahead = EP_MESH_PLACES - where.row if towards == SOUTH else where.row
    return ahead * network.hop + network.wire[EP_INSIDE]


cdef inline int64_t messages_of(const link *one) noexcept nogil:
    """How many messages have taken a link, whether it was watched then or not."""
    return one.messages + one.seen // ONE_START


cdef inline int64_t *next_start(link *one) noexcept nogil:
    """Where a link's next phase goes. The lowest byte of `seen` is read as one (all processors that are served here
    have it first), so that adding to it stays one instruction."""
    return <int64_t *>(<char *>one.times.last.start + (<uint8_t *>&one.seen)[0])


cdef inline void watch_free_link(link *one, int64_t phase, int64_t end) noexcept nogil:
    """Takes a link that is watched, and free from `phase` on, until `end`, which is the usual length later."""
    next_start(one)[0] = phase
    one.seen += ONE_START
    one.free_from = end


cdef inline known_way *way_to(ep_core_record *core, const ep_core_record *to) noexcept nogil:
    """Where a core notes its way to another, besides that to some others."""
    return <known_way *>(<char *>core.ways + to.way)


cdef inline link *take_free(link *one, int64_t stride, int32_t *left, int64_t phase, int64_t usual) noexcept nogil:
    """Takes one link of a line after the other, up to the first that somebody has later, which it gives; or NULL.

    `left`: how many are to be taken, at least one, and then how many are not.
    """
    cdef int64_t end = phase + usual
    while True:
        if one.free_from > phase:
            return one
        watch_free_link(one, phase, end)
        one = <link *>(<char *>one + stride)
        left[0] -= 1
        if left[0] == 0:
            return NULL


cdef inline int64_t watch_way(const known_way *way, int64_t departs, ep_core_record *runs) noexcept nogil:
    """`watch_word` for any way that is noted. Here stands what is frequent: nobody has its links later."""
    cdef int32_t left = way.steps
    cdef link *one = take_free(way.first, way.stride, &left, departs + way.phase, way.usual)
    if one != NULL:
        return watch_on(way, departs, runs, one, left, False)
    left = way.then_steps
    if left > 0:
        one = take_free(way.then, way.then_stride, &left, departs + way.then_phase, way.usual)
        if one != NULL:
            return watch_on(way, departs, runs, one, left, True)
    return departs + way.whole


cdef inline int64_t watch_word(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                               int64_t departs) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `departs`.

    If they might have to wait the machine ends here, in the core that `runs`.
    """
    cdef const known_way *way = way_to(core, to)
    cdef int64_t phase
    if way.next == to:  # most often they are neighbours, and the link is free
        phase = departs + way.phase
        if way.first.free_from <= phase:
            watch_free_link(way.first, phase, phase + way.usual)
            return departs + way.whole
    elif way.to != to:
        return watch_any(runs, core, to, departs)
    return watch_way(way, departs, runs)
