# faults: errors of the running program. A fault waits for its core's turn, so
# that of several the earliest by the clock is the one that is told, and then
# ends the program. None of these return.
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport ep_core_record, ep_machine
from .eptrans_rt cimport ep_core, ep_runtime, ep_value

cdef enum:
    TEXT_ROOM = 768     # of messages made here
    PLACE_ROOM = 256    # of a file and line in them


cdef void faults_fill_entries(ep_runtime *runtime) noexcept nogil
cdef void fault(ep_core *core, const char *message) noexcept nogil
cdef void fault_kind(ep_core *core, ep_value value, const char *wanted) noexcept nogil
cdef void fault_number(ep_core_record *core, const char *form, int64_t number) noexcept nogil
cdef int32_t checked_peer(ep_core_record *core, int64_t number, const char *operation) noexcept nogil
cdef const char *kind_name(ep_value value) noexcept nogil
cdef int32_t place_text(ep_machine *machine, uint32_t site, char *text, int32_t room) noexcept nogil


cdef inline int32_t index_of(ep_machine *machine, int64_t number) noexcept nogil:
    """The index of core `number`, or -1. A negative number is a large one without its sign."""
    if <uint64_t>number < machine.plain_limit:
        return <uint16_t>number
    return machine.index_of[number] if <uint64_t>number < machine.number_limit else -1


cdef inline int32_t peer_of(ep_core_record *core, int64_t number, const char *operation) noexcept nogil:
    """The index of core `number`; a fault that names the operation if it does not run or is the caller."""
    cdef ep_machine *machine = core.machine
    cdef int32_t index
    index = index_of(machine, number)
    if index >= 0 and index != core.index:
        return index
    return checked_peer(core, number, operation)
