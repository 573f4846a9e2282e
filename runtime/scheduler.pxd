# scheduler: which core runs.
#
# A core that cannot go on parks: it switches straight to the next ready core's
# fiber. Ready cores stand in a ring, first come first served; what depends on
# time waits in a heap for its turn: until no core that can run has a smaller
# clock (ties go to the lower number). What is to be done then may be the core's own
# business, for which it goes on, or a message to be posted, which whoever finds it
# does on its behalf. The heap is looked at only when the ring is empty. The host's
# own stack ("main") gets control when the attention word is raised, when nobody can
# go on, and at the end. Thousands of cores do not fit into the processor's caches:
# with many of them it is noted who runs after whom, and what comes next is fetched.
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport EP_AWAITS_TURN, EP_RUNS, ep_core_record, ep_machine, ep_ring, fiber_state
from .eptrans_rt cimport ep_core, ep_runtime, ep_value
from .heap cimport heap_push, make_key
from .host cimport ep_look, ep_prefetch

cdef extern from "fiber.h" nogil:
    ep_value fiber_switch(fiber_state *mine, const fiber_state *other, ep_value given)
    void fiber_switch_within(fiber_state *mine, const fiber_state *other, ep_value given)


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


cdef inline void prefetch_record(const ep_core_record *core) noexcept nogil:
    """The three cache lines of a record that a message and the switch to the core touch."""
    ep_prefetch(core)
    ep_prefetch(&core.given)
    ep_prefetch(&core.fiber)


cdef inline void prefetch_stack(const ep_core_record *core) noexcept nogil:
    """What a parked core goes on in: the top of its host stack and its emulated frame."""
    ep_prefetch(<const char *>core.fiber.stack_pointer - 64)
    ep_prefetch(core.fiber.stack_pointer)
    ep_prefetch(core.base.frame)


cdef inline void foresee(ep_machine *machine, int32_t index, int32_t following) noexcept nogil:
    """Notes which core runs after which, and fetches what the cores after the next are going to need.

    Most programs go round: who ran after a core the last time mostly does so again, and where not, it is
    time that is lost and nothing else. A stack is found by way of its core's record, so that a record is
    fetched one core earlier than the stack.
    """
    cdef uint16_t *successors = machine.successors
    cdef int32_t soon = successors[successors[following]]
    successors[index] = <uint16_t>following
    prefetch_stack(machine.cores + soon)
    prefetch_record(machine.cores + successors[soon])


cdef inline void make_ready_at(ep_core_record *core, int32_t index) noexcept nogil:
    """`make_ready` where the core's index is known.

    It is not read from its record then: which core comes next is what everything waits for.
    """
    cdef ep_ring *ring = core.ring
    core.wait = EP_RUNS
    ring.ready[ring.tail & ring.mask] = <uint16_t>index
    ring.tail += 1


cdef inline void make_ready(ep_core_record *core) noexcept nogil:
    """Lets a parked core go on, after those that are ready already."""
    make_ready_at(core, core.index)


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
    return ring.cores + ring.ready[head & ring.mask]


cdef inline ep_core_record *take_following(ep_core_record *core) noexcept nogil:
    """`take_ready` for a core that parks."""
    cdef ep_machine *machine = core.machine
    cdef ep_ring *ring = core.ring
    cdef uint32_t head = ring.head
    cdef int32_t index = ring.ready[head & ring.mask]
    ring.head = head + 1
    if machine.successors != NULL and not machine.shared:  # else several threads would write there at once
        foresee(machine, core.index, index)
    return machine.cores + index


cdef inline ep_value park(ep_core_record *core) noexcept nogil:
    """Runs other cores until this one is made ready; its record says what it waits for. Returns `given`.

    For a function whose last act is `return park(core)`: it has left its frame by then, and its caller is
    what the switch comes back to, with what it was given in registers.
    """
    cdef ep_core_record *following
    if must_park_slowly(core):
        return park_slowly(core)
    following = take_following(core)
    return fiber_switch(&core.fiber, &following.fiber, following.given)


cdef inline void park_within(ep_core_record *core) noexcept nogil:
    """`park` for a function that goes on afterwards."""
    cdef ep_core_record *following
    if must_park_slowly(core):
        park_slowly(core)
        return
    following = take_following(core)
    fiber_switch_within(&core.fiber, &following.fiber, following.given)


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
