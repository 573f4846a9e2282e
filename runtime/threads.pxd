# threads: runs a machine on several host threads, as many as pay.
#
# Every thread does what the one of an unshared machine does (scheduler.pyx): it
# switches to a core, from there to the next, and comes back to its own stack at a
# tick, when it finds no core to run, and at the end. Threads without a core wait
# for news; those beyond the number wanted retire at a tick.
#
# The number wanted follows from what was measured since the last decision. No
# result depends on it.
from libc.stdint cimport int32_t
from .core_record cimport ep_machine


cdef bint threads_create(ep_machine *machine, int32_t limit, bint always) noexcept nogil
cdef void threads_run(ep_machine *machine) noexcept nogil
cdef void threads_destroy(ep_machine *machine) noexcept nogil
