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
# difference. So from some time on links are only watched: watched_links.pxd, lines.pxd.
#
# What is coarse: a message holds a link in one piece, where on the chip those of
# others may come between its 8-byte writes; a head that waits holds no link behind
# it (the chip has a buffer of one write there).
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from .core_record cimport (
    EP_CHIP_EDGE, EP_HOST_EDGE, EP_INSIDE, ep_core_record, ep_links, ep_machine, ep_network, ep_way,
)


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
    FEW_RUNS = 8
    LAST_TIMES = 32     # as many as have room in 256 bytes, so that a byte is a place in them
    LAST_ENTRIES = 32   # a power of two
    LINE_PLACES = 64    # of a line at most


# A time for which a link is taken.
cdef struct link_run:
    int64_t start
    int64_t end


# The last phases (watched_links.pxd) for which a link that is watched was taken, ascending; 0 for those before the
# first.
cdef struct last_times:
    int64_t start[LAST_TIMES]   # nearly all are as long as 8 bytes take inside a chip; others are marked as negative
    int64_t length[LAST_TIMES]  # of those others


# A link's times; which of the two is told by whether links are watched.
cdef union link_times:
    link_run ahead[FEW_RUNS]    # ascending, none touching the next
    last_times last


# One directed link of one network; ticks. Of its cache lines mostly two are needed. Most messages have 8 bytes and
# take the link for `wire[EP_INSIDE]`: only what others have beyond that is added up.
cdef struct link:
    int64_t free_from       # the end of the last time ahead, or of the last phase
    int64_t seen            # while it is watched: ONE_START for each message; the lowest byte is a place in `last`
    int64_t messages        # but those that `seen` counts: see `messages_of`
    int64_t more_bytes      # bytes are 8 * messages + more_bytes
    int64_t more_busy       # ticks for which it was taken are wire[EP_INSIDE] * messages + more_busy
    int64_t waited
    link_run *more          # the times ahead, once they have been too many for `times.ahead`
    uint32_t room           # of `more`
    uint32_t count          # times ahead, or 0 where there is at most one: from ahead[0].start on
    link_times times


# How messages take the links of a line.
cdef enum line_state:
    LINKS_FIRST = 0     # one by one, until it is known how far messages go
    WHOLE
    SPLIT               # one by one for ever: they do not come in the order of time


# All links of one direction in one row or column of a chip, where they are watched: lines.pxd.
cdef struct line:
    int64_t free_from           # the end of the last phase, of any link; the highest number where it is not whole
    int64_t seen                # messages since it is whole
    uint32_t last[LAST_ENTRIES] # when the last of them came, ascending, and the stretch of each: see `make_entry`
    int64_t begun               # the phase before which not everything is known any more
    int64_t late                # messages that came after one which is later
    int64_t first               # of all that were seen, the first one whose entry counts
    link *links                 # that of place 0
    int64_t stride              # from place to place, in bytes
    int64_t *taken              # for each place the end of its last phase, as far as no way that is noted tells
    int64_t state               # a line_state
    int32_t ways                # how many have been noted that lead through it
    int32_t steps               # of all these together
    int64_t unused[6]           # so that lines begin with cache lines


# What a way takes: a line, or links one after the other.
cdef union line_or_link:
    line *all
    link *first


# What a way is made of: links that are taken one by one, or lines that are taken as a whole.
cdef enum way_kind:
    ONE_LINK = 0
    ONLY_LINKS = 1
    ONLY_LINES = 2
    ANY_PARTS = 3


# `struct ep_way` of core_record.h: what a core takes for messages to another one on its chip, along a row and then
# perhaps along a column. Each core notes such ways, on a large mesh a few of them, so that it need not find them
# for each message anew. One cache line: with many cores each message finds others.
cdef struct known_way:
    size_t leads                # the address of the core where it leads, and a way_kind; less: none is noted
    int64_t last                # when the last message departed that went this way
    line_or_link along
    line_or_link then           # NULL: that was all
    int32_t phase               # at the first line of a message that departs at 0
    int32_t then_phase
    int32_t whole               # ticks from departure to arrival
    int32_t usual               # ticks for which 8 bytes take a link of it
    int32_t stride              # from link to link, in bytes
    int32_t then_stride
    int16_t steps               # how many links; 0: they are not taken by themselves, but their line
    int16_t then_steps
    uint16_t stretch            # of the line: see `make_stretch`
    uint16_t then_stretch


# `struct ep_links` of core_record.h.
cdef struct link_table:
    int32_t columns     # with the host's
    int32_t places
    int32_t count       # of links
    int32_t chip_columns    # how many chips there are side by side
    int32_t chip_rows
    int32_t ways_each   # how many ways a core notes at most: a power of two
    int32_t ways_noted  # by all cores
    bint watched        # links are taken in any order, as long as nobody waits for one
    bint whole          # some line has been taken as a whole, and its links have not counted what they carried
    bint grown          # some link has `more`
    void *room          # in which all these lie
    link *links         # by network, place and direction
    line *lines         # see `line_at`
    int64_t *taken      # LINE_PLACES for each line
    known_way *ways     # `ways_each` for each core
    int32_t *noted      # which of them are noted


# A place on the mesh; the host's cores are at column `columns` of row 0.
cdef struct place:
    int32_t row
    int32_t column


# What it takes to move more than 8 bytes, beyond what 8 take. Ticks.
cdef struct transfer:
    int64_t work    # of the core that sends, before anything leaves or while it does
    int64_t rest    # from then until the last bytes leave


cdef bint links_create(ep_network *network, int32_t rows, int32_t columns, int32_t cores) noexcept nogil
cdef void links_destroy(ep_network *network) noexcept nogil
cdef void lay_out(ep_network *network, int32_t rows, int32_t columns, int32_t chip_rows, int32_t chip_columns,
                  const int64_t *edge) noexcept nogil
cdef int64_t take_route(ep_network *network, network_kind kind, place start, place end, int64_t departs,
                        int64_t bytes) noexcept nogil
cdef int64_t take_word_route(ep_core_record *core, ep_core_record *to) noexcept nogil
cdef link *link_at(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil
cdef transfer write_transfer(const ep_network *network, uint8_t side, int64_t bytes) noexcept nogil
cdef int64_t read_time(const ep_network *network, place reader, place owner, int64_t bytes) noexcept nogil


cdef inline int64_t distance(int32_t one, int32_t other) noexcept nogil:
    return one - other if one > other else other - one


cdef inline int64_t way(const ep_network *network, place start, place end) noexcept nogil:
    """Ticks from a write's leaving one core to its being in the other's memory, if nothing is in its way."""
    return (network.startup + distance(network.row_at[start.row], network.row_at[end.row])
            + distance(network.column_at[start.column], network.column_at[end.column]))


cdef inline link *links_here(ep_network *network, network_kind kind, place where, int32_t towards) noexcept nogil:
    """The record of a link at a place; that of one which crosses a chip's edge is `link_at`'s."""
    cdef link_table *table = <link_table *>network.links
    return table.links + ((kind * table.places + where.row * table.columns + where.column) * 4 + towards)


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
