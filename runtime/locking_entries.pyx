# locking_entries: the table of entries while several host threads share a machine:
# those of locking_entries.h, and the two that do otherwise than the plain ones. An
# entry that ends in a fault takes hold of the machine there (faults.pyx).
from .core_record cimport ep_core_record, ep_end_entry, ep_record, fiber_state
from .eptrans_rt cimport ep_core, ep_value
from .host_threads cimport EP_HOLDS_NOTHING, ep_has_ticked, thread_of
from .scheduler cimport end_core, make_ready, wait_turn
from .sharing cimport let_go, take_hold

cdef extern from "fiber.h" nogil:
    void fiber_switch_within(fiber_state *mine, const fiber_state *other, ep_value given)

cdef extern from "locking_entries.h" nogil:
    void ep_locking_entries_fill(const ep_runtime *plain, ep_runtime *table,
                                 void (*take_hold)(ep_core_record *) noexcept nogil,
                                 void (*let_go)(ep_core_record *) noexcept nogil)

cdef void (*plain_attend)(ep_core *base) noexcept nogil


cdef void attend(ep_core *base) noexcept nogil:
    """The entry that a loop calls at a tick: not into the heap, but to the end of its thread's ring.

    Nothing, if the core's thread has seen the tick: the attention word is raised for others.
    """
    cdef ep_core_record *core = ep_record(base)
    if not core.machine.shared:
        plain_attend(base)
        return
    if thread_of(core).hold == EP_HOLDS_NOTHING and ep_has_ticked(thread_of(core)):
        return
    take_hold(core)
    make_ready(core)
    fiber_switch_within(&core.fiber, core.ring.main, core.given)
    let_go(core)


cdef void leave(ep_core *base) noexcept nogil:
    """The entry `exit`, which does not return."""
    cdef ep_core_record *core = ep_record(base)
    take_hold(core)
    wait_turn(core)
    end_core(core)


cdef void hold_for(ep_core_record *core) noexcept nogil:
    take_hold(core)


cdef void let_go_of(ep_core_record *core) noexcept nogil:
    let_go(core)


cdef void locking_entries_fill(const ep_runtime *plain, ep_runtime *table) noexcept nogil:
    """Makes the table from the plain one."""
    global plain_attend
    plain_attend = plain.attend
    ep_locking_entries_fill(plain, table, hold_for, let_go_of)
    table.exit = <ep_end_entry>leave
    table.attend = attend
