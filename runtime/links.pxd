# links: what the mesh takes to move something, and who has to wait for whom.
#
# A message goes along its row first and then along its column. It takes a fixed
# start-up and the hops; more than 8 bytes are written by a loop on the core or by
# its DMA engine, whichever is done first. With the mesh model `ideal` that is
# all. With `contention` each link of the way, in each direction, is taken for as
# long as it needs for the message's bytes from the time at which the head gets
# there; where it is taken already the head waits. Each of the three networks has
# links of its own: writes on the chip (cMesh), requests to read (rMesh), what
# leaves the chip (xMesh). On each side of a chip one link leads to the next chip
# or to the host, for all its rows or columns.
#
# Links are taken in the order of device time: whoever takes one has waited for its
# turn first. A link remembers the times ahead at which it is taken, so that a
# message that gets there before an earlier posted one from farther away goes first.
#
# What is coarse: a message holds a link in one piece, where on the chip those of
# others may come between its 8-byte writes; a head that waits holds no link behind
# it (the chip has a buffer of one write there).
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from .core_record cimport EP_CHIP_EDGE, EP_HOST_EDGE, EP_INSIDE, ep_core_record, ep_links, ep_machine, ep_network


cdef enum network_kind:
    WRITES = 0
    READS = 1
    OFF_CHIP = 2
    NETWORKS = 3


cdef enum direction:  # as in eptrans/recording.py
    EAST = 0
    WEST = 1
    SOUTH = 2
    NORTH = 3


cdef enum:
    RUNS = 5    # times ahead that a link remembers; those beyond are joined


# A time for which a link is taken.
cdef struct link_run:
    int64_t start
    int64_t end


# One directed link of one network; ticks. Two cache lines, of which mostly the first is needed. Most messages
# have 8 bytes and take the link for `wire[EP_INSIDE]`: only what others have beyond that is added up.
cdef struct link:
    int64_t free_from       # the end of the last time ahead
    int64_t messages
    int64_t more_bytes      # bytes are 8 * messages + more_bytes
    int64_t more_busy       # ticks for which it was taken are wire[EP_INSIDE] * messages + more_busy
    int64_t waited
    int64_t count           # 0: the only time ahead is from runs[0].start to free_from
    link_run runs[RUNS]     # ascending, none touching the next


# A place on the mesh; the host's cores are at column `columns` of row 0.
cdef struct place:
    int32_t row
    int32_t column


# What it takes to move more than 8 bytes, beyond what 8 take. Ticks.
cdef struct transfer:
    int64_t work    # of the core that sends, before anything leaves or while it does
    int64_t rest    # from then until the last bytes leave


cdef bint links_create(ep_network *network, int32_t rows, int32_t columns) noexcept nogil
cdef void links_destroy(ep_network *network) noexcept nogil
cdef void lay_out(ep_network *network, int32_t rows, int32_t columns, int32_t chip_rows, int32_t chip_columns,
                  const int64_t *edge) noexcept nogil
cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil
cdef int64_t take_word_route(ep_core_record *core, ep_core_record *to) noexcept nogil
cdef link *link_record(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil
cdef link *link_at(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil
cdef transfer write_transfer(const ep_network *network, uint8_t side, int64_t bytes) noexcept nogil
cdef int64_t read_time(const ep_network *network, place reader, place owner, int64_t bytes) noexcept nogil


cdef inline int64_t distance(int32_t one, int32_t other) noexcept nogil:
    return one - other if one > other else other - one


cdef inline int64_t way(const ep_network *network, place start, place end) noexcept nogil:
    """Ticks from a write's leaving one core to its being in the other's memory, if nothing is in its way."""
    return (network.startup + distance(network.row_at[start.row], network.row_at[end.row])
            + distance(network.column_at[start.column], network.column_at[end.column]))


cdef inline place place_of(const ep_core_record *core) noexcept nogil:
    cdef place where
    where.row = core.row
    where.column = core.column
    return where


cdef inline uint8_t worst_side(const ep_network *network, place start, place end) noexcept nogil:
    """The narrowest kind of link between two places."""
    cdef uint8_t one = network.column_chip[start.column]
    cdef uint8_t other = network.column_chip[end.column]
    if one == other and network.row_chip[start.row] == network.row_chip[end.row]:
        return EP_INSIDE
    return EP_HOST_EDGE if one == HOST_CHIP or other == HOST_CHIP else EP_CHIP_EDGE


cdef enum:
    HOST_CHIP = 255     # "the chip" of the host's column
