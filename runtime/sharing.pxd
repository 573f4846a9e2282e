# sharing: several host threads run the cores of one machine.
#
# There is one lock. A core computes without it and takes it for every entry of
# the runtime that touches more than the core's own state; whoever holds it sees
# the machine as if there were one thread only. It belongs to the host thread and
# stays with it when the thread goes on as another core: that core gives it back
# when it leaves its own entry.
#
# While one thread runs the machine (`machine.shared` is 0) it owns the lock for
# good, and nothing here costs more than a look at a flag.
#
# A core that runs without the lock has a clock that is not below the one it left
# the lock with: this bound, kept for its thread, is what others go by that wait
# for their turn.
#
# Each core has a home, the thread that runs it, so that what it computes on stays in
# one processor's cache. A thread has a ring of its own ready cores, which is the
# machine's while it holds the lock; whom it wakes that lives elsewhere it passes on.
# A thread that has had nothing to do for a while takes a core away from another.
from libc.stdint cimport int32_t, uint64_t
from .core_record cimport ep_core_record, ep_machine
from .eptrans_rt cimport ep_runtime
from .host_threads cimport ep_thread


cdef void acquire_machine(ep_core_record *core) noexcept nogil
cdef void release_machine(ep_core_record *core) noexcept nogil

cdef void take_over(ep_thread *thread) noexcept nogil
cdef void hand_over(ep_thread *thread) noexcept nogil

cdef uint64_t least_elsewhere(ep_machine *machine) noexcept nogil
cdef uint64_t least_ready(ep_machine *machine) noexcept nogil
cdef bint has_turn(ep_machine *machine, uint64_t key) noexcept nogil
cdef bint goes_on_at_tick(ep_machine *machine) noexcept nogil
cdef ep_core_record *next_of_turns(ep_machine *machine) noexcept nogil

cdef ep_core_record *steal(ep_thread *thread) noexcept nogil
cdef void settle(ep_machine *machine, int32_t count) noexcept nogil

cdef void sharing_set_tables(const ep_runtime *plain, const ep_runtime *locking,
                             const ep_runtime *recorded) noexcept nogil
cdef void begin_running(ep_machine *machine) noexcept nogil
cdef void end_running(ep_machine *machine) noexcept nogil
cdef bint begin_sharing(ep_machine *machine) noexcept nogil
cdef void end_sharing(ep_machine *machine) noexcept nogil


cdef inline void take_hold(ep_core_record *core) noexcept nogil:
    """The machine's lock for a core that runs, if its thread does not hold it already.

    Does not return where the machine has ended meanwhile.
    """
    if not core.locked:
        acquire_machine(core)


cdef inline void let_go(ep_core_record *core) noexcept nogil:
    """The core goes on to compute: gives the lock back where threads share the machine."""
    if core.machine.shared:
        release_machine(core)
