# watched_links: links while it is believed that nobody has to wait for one (links.pxd).
#
# Messages then take links in any order, for the times at which they come to them. Each link
# remembers the last few of these to tell whether two messages meet. Where they do, or
# might, nothing is known any more of who waits for whom, and the run begins again (core.pyx).
#
# For nearly every message of a run this is all that the mesh model costs, so a link takes
# nine instructions here, and where it can be a whole line of links not many more
# (lines.pxd). Two things make them so few. In place of times links note
# phases: what a time is ahead of a wave that goes along the line of links with
# the messages, a hop a link, so that a message has the same phase at all links of a line.
# And the place of the next phase is a byte, which begins again by itself after the last: the lowest of a
# word that goes on, and counts the messages.
from libc.stdint cimport int32_t, int64_t, uint8_t
from .core_record cimport EP_INSIDE, EP_MESH_PLACES, ep_network
from .links cimport EAST, SOUTH, WEST, known_way, link, place


cdef enum:
    ONE_START = 8       # bytes of a phase in `last_times`


cdef void watch_links(ep_network *network, int64_t now) noexcept nogil
cdef bint watch_link(link *one, int64_t phase, int64_t length, const ep_network *network) noexcept nogil
cdef bint take_watched(link *one, int64_t stride, int32_t steps, int64_t phase, int64_t usual) noexcept nogil
cdef bint take_watched_way(const known_way *way, int64_t departs, link *one, int32_t steps, bint turned) noexcept nogil
cdef void forget_until(link *one, int64_t phase) noexcept nogil


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
    """How many messages have taken a link, whether it was watched then or not; not those that took its line."""
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
