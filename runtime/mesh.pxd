# mesh: where cores sit, how long a message takes, and messages between two
# cores.
#
# A channel from one core to another is a stream of values. Its head is the
# message of a nonblocking send that nobody has taken, if there is one, else what
# the sender offers in its record while it waits. Sender and receiver meet in
# their records: whichever comes second sets both clocks. A value that lies in a
# core's memory (a string, an array, elements) is copied by its receiver, on the
# receiver's own fiber, so that it is the receiver's memory and clock that count.
#
# Times, in ticks: a message is posted `send_startup` after the sender's clock; it
# arrives after the link's start-up, the hops, and one step for each further 8
# bytes; it is taken at its arrival or `receive` after the receiver's clock,
# whichever is later; and its sender goes on when word of that has come back.
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from .core_record cimport EP_EXCHANGES, EP_RECEIVES, EP_RUNS, EP_SENDS, ep_core_record, ep_costs
from .eptrans_rt cimport EP_ARRAY, EP_STRING, ep_runtime, ep_value
from .scheduler cimport make_ready


cdef void mesh_fill_entries(ep_runtime *runtime) noexcept nogil
cdef int64_t size_time(ep_core_record *core, int64_t bytes) noexcept nogil
cdef int64_t value_bytes(ep_core_record *core, ep_value value) noexcept nogil
cdef void check_sendable(ep_core_record *core, ep_value value) noexcept nogil


cdef inline int64_t later(int64_t one, int64_t other) noexcept nogil:
    return one if one > other else other


cdef inline int64_t latency(const ep_core_record *sender, const ep_core_record *receiver) noexcept nogil:
    """Ticks that a message of at most 8 bytes is under way: along the row, then along the column.

    Host cores sit beyond the end of the first row, across the chip's edge.
    """
    cdef const ep_costs *costs = &sender.machine.costs
    cdef int32_t rows = <int32_t>sender.row - <int32_t>receiver.row
    cdef int32_t columns = <int32_t>sender.column - <int32_t>receiver.column
    cdef int64_t time = costs.link_startup
    time += costs.hop * ((rows if rows >= 0 else -rows) + (columns if columns >= 0 else -columns))
    if sender.base.is_host | receiver.base.is_host:
        time += costs.host_edge
    return time
