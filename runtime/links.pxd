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
# As long as nobody has to wait for a link, the order in which links are taken makes no
# difference. So from some time on links are only watched: a message takes them at once,
# for the times at which it comes to them, and each link remembers the last few of these
# to tell whether two of them meet. Where they do, or might, nothing is known any more of
# who waits for whom, and the run begins again (core.pyx).
#
# What is coarse: a message holds a link in one piece, where on the chip those of
# others may come between its 8-byte writes; a head that waits holds no link behind
# it (the chip has a buffer of one write there).
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from .core_record cimport (
    EP_CHIP_EDGE, EP_HOST_EDGE, EP_INSIDE, ep_core_record, ep_links, ep_machine, ep_network, ep_way,
)
from .watching cimport watch_way


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
    FEW_RUNS = 8    # a power of two
    FEW_WAYS = 16       # that a core notes of a large mesh: a power of two
    MOST_WAYS = 128     # places of a mesh that is small enough for a core to note its ways to all of them
    ONE_SEEN = 8    # bytes of a start in `last_times`


# A time for which a link is taken.
cdef struct link_run:
    int64_t start
    int64_t end


# The last times at which a link that is watched was taken, ascending; number n is at place n % FEW_RUNS. Nearly all
# are as long as 8 bytes take inside a chip: of these only the start is noted. That of others is marked as negative.
cdef struct last_times:
    int64_t start[FEW_RUNS]
    int64_t length[FEW_RUNS]    # of those others


# A link's times; which of the two is told by whether links are watched.
cdef union link_times:
    link_run ahead[FEW_RUNS]    # ascending, none touching the next
    last_times last


# One directed link of one network; ticks. Of its three cache lines mostly two are needed. Most messages
# have 8 bytes and take the link for `wire[EP_INSIDE]`: only what others have beyond that is added up.
cdef struct link:
    int64_t free_from       # the end of the last time ahead
    int64_t seen            # while it is watched: ONE_SEEN for each time of it that was put into `last`; else 0
    int64_t messages        # but those that `seen` counts: see `messages_of`
    int64_t more_bytes      # bytes are 8 * messages_of + more_bytes
    int64_t more_busy       # ticks for which it was taken are wire[EP_INSIDE] * messages_of + more_busy
    int64_t waited
    uint32_t count          # times ahead, or 0 where there is at most one: from ahead[0].start on
    uint32_t room           # of `more`
    link_run *more          # the times ahead, once they have been too many for `times.ahead`
    link_times times


# `struct ep_way` of core_record.h: the links of a core's way to another one on its chip, one line of them and
# then perhaps another. Each core notes such ways, on a large mesh a few of them, so that it need not find them for
# each message anew.
cdef struct known_way:
    const ep_core_record *to    # NULL: none is noted
    const ep_core_record *next  # the same if the way is one link, or NULL
    link *first
    int64_t steps               # at least one
    int64_t stride              # from link to link, in bytes
    link *then
    int64_t then_steps          # 0: one line is all
    int64_t then_stride


# `struct ep_links` of core_record.h.
cdef struct link_table:
    int32_t columns     # with the host's
    int32_t places
    int32_t count
    bint watched        # links are taken in any order, as long as nobody waits for one
    bint grown          # some link has `more`
    void *room          # in which the links lie
    link *links         # by network, place and direction
    known_way *ways     # by place, `ways_each` for each
    int32_t ways_each   # a power of two


# A place on the mesh; the host's cores are at column `columns` of row 0.
cdef struct place:
    int32_t row
    int32_t column


# What it takes to move more than 8 bytes, beyond what 8 take. Ticks.
cdef struct transfer:
    int64_t work    # of the core that sends, before anything leaves or while it does
    int64_t rest    # from then until the last bytes leave


cdef bint links_create(ep_network *network, int32_t rows, int32_t columns) noexcept nogil
cdef void watch_links(ep_network *network, int64_t now) noexcept nogil
cdef void links_destroy(ep_network *network) noexcept nogil
cdef void lay_out(ep_network *network, int32_t rows, int32_t columns, int32_t chip_rows, int32_t chip_columns,
                  const int64_t *edge) noexcept nogil
cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil
cdef int64_t take_word_route(ep_core_record *core, ep_core_record *to) noexcept nogil
cdef int64_t walk_watched(ep_core_record *core, ep_core_record *to, int64_t departs) noexcept nogil
cdef int64_t watch_any(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                       int64_t departs) noexcept nogil
cdef int64_t watch_on(ep_core_record *runs, const known_way *way, link *one, int64_t steps, bint turned,
                      int64_t time) noexcept nogil
cdef void note_ways(ep_core_record *core) noexcept nogil
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


# ---- where links are watched ----------------------------------------------------------------------

cdef inline int64_t messages_of(const link *one) noexcept nogil:
    """How many messages have taken a link, whether it was watched then or not."""
    return one.messages + one.seen // ONE_SEEN


cdef inline void watch_free_link(link *one, int64_t time, int64_t usual) noexcept nogil:
    """`watch_link` of one that is free from `time` on, for the usual length."""
    cdef int64_t seen = one.seen
    (<int64_t *>(<char *>one.times.last.start + (seen & (FEW_RUNS - 1) * ONE_SEEN)))[0] = time
    one.seen = seen + ONE_SEEN
    one.free_from = time + usual


cdef inline known_way *way_to(ep_core_record *core, const ep_core_record *to) noexcept nogil:
    """Where a core notes its way to another, besides that to some others."""
    return <known_way *>(<char *>core.ways + to.way)


cdef inline int64_t watch_word(ep_core_record *runs, ep_core_record *core, ep_core_record *to,
                               int64_t departs) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `departs`.

    If they might have to wait the machine ends here, in the core that `runs`.
    """
    cdef const ep_network *network = &runs.machine.network
    cdef const known_way *way = way_to(core, to)
    cdef int64_t time = departs + network.startup
    if way.next != to or way.first.free_from > time:  # most often they are neighbours, and the link is free
        return watch_way(runs, core, to, departs)
    watch_free_link(way.first, time, network.wire[EP_INSIDE])
    return time + network.hop
