# sharing: several host threads run the cores of one machine.
#
# A core belongs to a thread, which runs it, and computes without any lock. For an
# entry of the runtime that touches only itself and another core of the same thread
# it takes the thread's own lock (locking_entries.h says which entries those are);
# for all others it takes hold of the machine: whoever has done so sees it as if there
# were one thread only. What is held belongs to the host thread and stays with it when
# the thread goes on as another core: that core gives it back when it leaves its own
# entry. So that it finds held what it needs, a core that is parked goes back to one of
# two rings of its thread: to the one of those that go on with the machine held, or to
# the one for the thread's own lock.
#
# While one thread runs the machine (`machine.shared` is 0) it holds it for good, and
# nothing here costs more than a look at a flag.
#
# A core that holds nothing has a clock that is not below the one it let go with: this
# bound, kept for its thread, is what others go by that wait for their turn. One that
# has yet to do what it had its turn for, a look at another core's array, lets go with
# the time of that turn, whatever its clock is by then.
#
# Each core has a home, the thread that should run it, so that what it computes on stays in
# one processor's cache and neighbours can talk at little cost. A core whose turn has come
# is run by whoever finds that, and a thread that has had nothing to do for a while takes
# one away from another; at the next tick they are sent home. A core that changes
# threads may have been talking to one that does not: those that the old thread's lock was
# enough for go on with the machine held.
from libc.stdint cimport int32_t, int64_t, uint64_t
from .core_record cimport ep_core_record, ep_machine
from .eptrans_rt cimport ep_runtime
from .host_threads cimport EP_HOLDS_MACHINE, EP_HOLDS_NOTHING, ep_thread, thread_of


cdef void acquire_machine(ep_core_record *core) noexcept nogil
cdef void release_machine(ep_core_record *core, int64_t time) noexcept nogil
cdef void leave_machine(ep_thread *thread, int32_t hold) noexcept nogil

cdef uint64_t least_ready(ep_machine *machine) noexcept nogil
cdef bint has_turn(ep_machine *machine, uint64_t key) noexcept nogil
cdef ep_core_record *next_of_turns(ep_thread *thread) noexcept nogil
cdef ep_core_record *next_of_thread(ep_thread *thread) noexcept nogil
cdef ep_core_record *following_on_thread(ep_core_record *core) noexcept nogil

cdef ep_core_record *steal(ep_thread *thread) noexcept nogil
cdef void settle(ep_machine *machine, int32_t count) noexcept nogil
cdef void send_home(ep_machine *machine) noexcept nogil
cdef void forget_own_lock(ep_thread *thread) noexcept nogil

cdef void sharing_set_tables(const ep_runtime *plain, const ep_runtime *watching, const ep_runtime *locking,
                             const ep_runtime *recorded) noexcept nogil
cdef void begin_running(ep_machine *machine) noexcept nogil
cdef void end_running(ep_machine *machine) noexcept nogil
cdef bint begin_sharing(ep_machine *machine) noexcept nogil
cdef void end_sharing(ep_machine *machine) noexcept nogil


cdef inline void take_hold(ep_core_record *core) noexcept nogil:
    """The core that runs holds the machine from now on.

    Does not return where the machine has ended meanwhile.
    """
    if core.machine.shared and thread_of(core).hold != EP_HOLDS_MACHINE:
        acquire_machine(core)


cdef inline bint is_computing(const ep_core_record *core) noexcept nogil:
    """For who holds the machine: whether another thread runs the core now, which holds nothing."""
    return core.machine.shared and thread_of(core).runs == core.index


cdef inline void let_go(ep_core_record *core) noexcept nogil:
    """The core goes on to compute: it holds nothing where threads share the machine."""
    let_go_since(core, core.base.clock)


cdef inline void let_go_since(ep_core_record *core, int64_t time) noexcept nogil:
    """`let_go` of a core that goes on with what belongs to an earlier time, at which it had its turn."""
    if core.machine.shared and thread_of(core).hold == EP_HOLDS_MACHINE:
        release_machine(core, time)
