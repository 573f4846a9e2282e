# lines: all links of one direction in a row or column of a chip, where links are watched (watched_links.pxd).
#
# A message has the same phase at all links of a line. So where messages come to a line one
# after the other, the line notes each one's phase and the stretch of the line that it takes, and no link
# is looked at: what the mesh model costs does not depend then on how far messages go. A few that
# come late still find their place between those seen already.
#
# At first links are taken one by one, which costs less where messages go to neighbours. A long
# line is taken as a whole once the ways that lead through it (ways.pxd) are long in the mean. It is split again, for
# ever, when many messages come late, as where pairs of cores talk beside each other, or one of another length comes:
# its links are told what is known of them then. That are the line's last entries, and for all before
# these when each way through it was last taken.
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport ep_network
from .links cimport EAST, LAST_ENTRIES, WEST, line, link_table, network_kind, place


cdef enum:
    STRETCH_BITS = 12   # two places of 6 bits
    LONG_AGO = 1 << 19  # ticks: half of what an entry has room for


cdef uint16_t make_stretch(int64_t first, int64_t last) noexcept nogil
cdef line *line_of(ep_network *network, place where, int32_t towards) noexcept nogil
cdef void make_whole(line *one, int64_t places) noexcept nogil
cdef void note_taken(int64_t *taken, uint16_t stretch, int64_t end) noexcept nogil
cdef bint watch_inside(ep_network *network, network_kind kind, place start, place end, int64_t time,
                       int64_t bytes) noexcept nogil


cdef inline uint32_t make_entry(int64_t phase, uint16_t stretch) noexcept nogil:
    """What is left of the phase is enough to tell it from that of the next entry."""
    return <uint32_t>phase << STRETCH_BITS | stretch


cdef inline bint take_line(line *one, uint16_t stretch, int64_t phase, int64_t usual) noexcept nogil:
    """Takes a stretch of a line that is not split, if nobody has any of it later and the last message was not long ago.

    `usual`: for how long.
    """
    if <uint64_t>(phase - one.free_from) >= LONG_AGO:
        return False
    one.last[one.seen & (LAST_ENTRIES - 1)] = make_entry(phase, stretch)
    one.seen += 1
    one.free_from = phase + usual
    return True
