# flight: values that are with no core: copies of messages and tasks between the
# moment their sender goes on and the moment their receiver takes them, and the
# table of nonblocking sends, which has an entry only for pairs of cores in use.
#
# A copy lies in blocks of the machine's own and counts against no core's memory: its
# receiver copies it into its own when it takes it, at its own time. Whoever makes one
# holds the machine; who drops one may hold only the lock of a thread.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_machine
from .eptrans_rt cimport EP_ARRAY, EP_STRING, ep_value
from .memory cimport core_memory


# A message of nonblocking_send. There is at most one for an ordered pair of cores.
cdef struct flight:
    flight *next
    uint32_t pair           # sender's and receiver's index, packed
    bint taken
    int64_t arrival         # ticks; when the receiver can take it
    int64_t taken_at        # when the sender knows that it was taken
    int64_t held            # ticks for which it waited for links
    ep_value value          # until it is taken


# `struct ep_flights` of core_record.h: a hash table with chains.
cdef struct flight_table:
    flight **chains
    uint32_t mask
    uint32_t count
    core_memory blocks      # of all copies
    uint32_t lock           # for those that drop one at once, while several threads run cores


cdef bint flights_create(ep_machine *machine) noexcept nogil
cdef void flights_destroy(ep_machine *machine) noexcept nogil
cdef flight *flight_find(ep_machine *machine, uint32_t sender, uint32_t receiver) noexcept nogil
cdef flight *flight_add(ep_core_record *sender, uint32_t receiver) noexcept nogil

cdef ep_value carry(ep_core_record *core, ep_value value) noexcept nogil
cdef void drop_carried(ep_machine *machine, ep_value value) noexcept nogil
cdef void *carrier_new(ep_core_record *core, int64_t bytes) noexcept nogil
cdef void carrier_drop(ep_machine *machine, void *carrier) noexcept nogil


cdef inline bint is_scalar(ep_value value) noexcept nogil:
    """Whether the value lies in no core's memory.

    Strings, arrays and elements under way share two bits that no other kind has both of: one comparison.
    """
    return value.tag & (EP_STRING & EP_ARRAY) != (EP_STRING & EP_ARRAY)
