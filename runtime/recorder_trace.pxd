# recorder_trace: from what a recorder is told of a run to the events of a trace.
#
# Cores become tracks of processes, ticks nanoseconds, messages arrows between
# slices, and what the links of a chip carry becomes a counter over time. Events
# outside the window that a user chose are left out.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_machine
from .recorder cimport posted_message, recorder


# Before the run (raises MemoryError), after it, which ended at that tick, and when it is done with (also
# where there is no trace).
cdef object create_trace(ep_machine *machine, recorder *notes, object trace)
cdef void finish_trace(recorder *notes, int64_t end) noexcept nogil
cdef void destroy_trace(recorder *notes) noexcept nogil

# At a tick: warns once of a trace that has become longer than is of use.
cdef void watch_trace(ep_machine *machine) noexcept nogil

cdef int64_t trace_time(ep_core_record *core, int64_t ticks) noexcept nogil
cdef void show_slice(ep_core_record *core, int64_t start, int64_t end, int64_t start_time, int32_t name,
                     uint32_t site, const char *category, int64_t waited, int32_t peer) noexcept nogil
cdef int64_t show_result(ep_core_record *worker, int64_t posted, int32_t master) noexcept nogil
cdef void show_message(ep_core_record *sender, ep_core_record *receiver, const posted_message *message,
                       int64_t taken) noexcept nogil
