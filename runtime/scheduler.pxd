# scheduler: which core runs.
#
# A core that cannot go on parks: it switches straight to the next ready core's
# fiber. Ready cores stand in a ring, first come first served; what depends on
# time waits in a heap for its turn: until no core that can run has a smaller
# clock (ties go to the lower number). What is to be done then may be the core's own
# business, for which it goes on, or a message to be posted, which whoever finds it
# does on its behalf. The heap is looked at only when the ring is empty. The host's own stack ("main") gets control when the attention word is
# raised, when nobody can go on, and at the end.
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport EP_AWAITS_TURN, EP_RUNS, ep_core_record, ep_machine, ep_ring
from .eptrans_rt cimport ep_core, ep_runtime, ep_value
from .heap cimport heap_push, make_key
from .host cimport ep_look, ep_prefetch

cdef extern from "fiber.h" nogil:
    ep_value fiber_switch(void **mine, void *other, ep_value given)
    void fiber_switch_within(void **mine, void *other, ep_value given)


cdef void scheduler_fill_entries(ep_runtime *runtime) noexcept nogil
cdef ep_value park_slowly(ep_core_record *core) noexcept nogil
cdef void wait_turn_slowly(ep_core_record *core) noexcept nogil
cdef void run_cores(ep_machine *machine) noexcept nogil
cdef void make_all_ready_on_threads(ep_core_record *besides) noexcept nogil
cdef ep_core_record *next_core(ep_machine *machine) noexcept nogil
cdef ep_core_record *core_after_tick(ep_machine *machine) noexcept nogil
cdef bint interrupted(ep_machine *machine) noexcept nogil
cdef void end_core(ep_core_record *core) noexcept nogil
cdef void end_machine(ep_core_record *core, int32_t ending) noexcept nogil


cdef inline void prefetch_fiber(ep_core_record *core) noexcept nogil:
    """The top of a parked core's stack, for one that goes on soon: thousands do not fit into the caches."""
    ep_prefetch(core.stack_pointer)
    ep_prefetch(<char *>core.stack_pointer + 64)
    ep_prefetch(<char *>core.stack_pointer + 128)


cdef inline void make_ready(ep_core_record *core) noexcept nogil:
    """Lets a parked core go on, after those that are ready already."""
    cdef ep_ring *ring = core.ring
    core.wait = EP_RUNS
    # Counted, not read from the record: which core comes next is what everything waits for.
    ring.ready[ring.tail & ring.mask] = <uint16_t>(core - ring.cores)
    ring.tail += 1


cdef inline void make_all_ready(ep_core_record *besides) noexcept nogil:
    """Lets all cores go on besides this one, which runs. They must all be parked."""
    cdef ep_machine *machine = besides.machine
    cdef uint16_t *ready = machine.ring.ready
    cdef uint32_t mask = machine.ring.mask
    cdef uint32_t tail = machine.ring.tail
    cdef int32_t runs = besides.index
    cdef int32_t index
    if machine.shared:
        make_all_ready_on_threads(besides)
        return
    for index in range(machine.count):
        machine.cores[index].wait = EP_RUNS
        ready[tail & mask] = <uint16_t>index
        tail += index != runs  # its place is taken by the next
    machine.ring.tail = tail


cdef inline bint must_park_slowly(const ep_core_record *core) noexcept nogil:
    return core.ring.head == core.ring.tail or ep_look(&core.machine.attention)


cdef inline ep_core_record *take_ready(ep_ring *ring) noexcept nogil:
    """Takes the next core out of the ring; there must be one."""
    cdef uint32_t head = ring.head
    ring.head = head + 1
    # Reading past the tail is harmless: any index in the ring is a core's.
    ep_prefetch(&ring.cores[ring.ready[(head + 1) & ring.mask]].stack_pointer)
    return ring.cores + ring.ready[head & ring.mask]


cdef inline ep_value park(ep_core_record *core) noexcept nogil:
    """Runs other cores until this one is made ready; its record says what it waits for. Returns `given`.

    For a function whose last act is `return park(core)`: it has left its frame by then, and its caller is
    what the switch comes back to, with what it was given in registers.
    """
    cdef ep_core_record *following
    if must_park_slowly(core):
        return park_slowly(core)
    following = take_ready(core.ring)
    return fiber_switch(&core.stack_pointer, following.stack_pointer, following.given)


cdef inline void park_within(ep_core_record *core) noexcept nogil:
    """`park` for a function that goes on afterwards."""
    cdef ep_core_record *following
    if must_park_slowly(core):
        park_slowly(core)
        return
    following = take_ready(core.ring)
    fiber_switch_within(&core.stack_pointer, following.stack_pointer, following.given)


cdef inline bint has_turn_at_once(const ep_core_record *core) noexcept nogil:
    """Whether no core that can run has a smaller (clock, number) than this one, as far as a look tells."""
    return core.ring.head == core.ring.tail and make_key(core.base.clock, core.index) < core.machine.least[0]


cdef inline void wait_turn(ep_core_record *core) noexcept nogil:
    """Returns once no core that can run has a smaller (clock, number) than this one."""
    if not has_turn_at_once(core):
        wait_turn_slowly(core)


cdef inline void await_turn(ep_core_record *core, int32_t wait) noexcept nogil:
    """Puts a core that is parked, or about to be, into the heap. `wait`: what is to be done in its turn."""
    cdef ep_machine *machine = core.machine
    machine.turn_waits += 1
    core.wait = <unsigned char>wait
    heap_push(machine.turns, &machine.turn_count, make_key(core.base.clock, core.index))


cdef inline bint awaits_turn(const ep_core_record *core) noexcept nogil:
    """Of a core in the heap: whether nothing may happen to it before it is the least there."""
    return core.wait >= EP_AWAITS_TURN


cdef inline bint acts_parked(const ep_core_record *core) noexcept nogil:
    """Of a core that waits for its turn: whether others do for it what it waits for."""
    return core.wait > EP_AWAITS_TURN
