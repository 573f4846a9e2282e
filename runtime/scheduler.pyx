# scheduler: see scheduler.pxd.
#
# Nothing that a program can observe depends on the order in which this module
# runs the cores: it may change freely, and with the host's load it does.
from libc.stdlib cimport abort
from .core_record cimport (
    EP_AWAITS_TURN, EP_DEADLOCK, EP_ENDED, EP_FINISHED, EP_GOES_ON, EP_INTERRUPTED, EP_RUNS, EP_WATCHED,
    ep_end_entry, ep_record, ep_ring_count,
)
from .heap cimport heap_drop, heap_drop_least, heap_push, heap_replace_least, key_index
from .host cimport ep_look, ep_lower
from .output cimport output_end_core, output_release
from .progress cimport progress_tick
from .sharing cimport following_on_thread, has_turn, let_go, take_hold


cdef ep_core_record *next_core(ep_machine *machine) noexcept nogil:
    """Takes the next core that may run out of the ring or the heap, or NULL. One thread runs the machine."""
    cdef ep_core_record *core
    while machine.ring.head == machine.ring.tail:
        if machine.turn_count == 0:
            return NULL
        core = machine.cores + key_index(machine.turns[0])
        heap_drop_least(machine.turns, &machine.turn_count)
        if not acts_parked(core):
            return core
        machine.services.take_turn(core)
        if machine.ending != EP_GOES_ON:
            return NULL
    return take_ready(&machine.ring)


cdef void make_all_ready_on_threads(ep_core_record *besides) noexcept nogil:
    """`make_all_ready` where several threads run cores: each core has its own place."""
    cdef ep_machine *machine = besides.machine
    cdef int32_t index
    for index in range(machine.count):
        if index != besides.index:
            make_ready(machine.cores + index)
    besides.wait = EP_RUNS


cdef ep_value switch_to_main(ep_core_record *core) noexcept nogil:
    """Gives control to `run_cores`, which has no use for the value."""
    return fiber_switch(&core.fiber, core.ring.main, core.given)


cdef ep_value park_slowly(ep_core_record *core) noexcept nogil:
    """`park` where the ring is empty or the attention word is raised."""
    cdef ep_machine *machine = core.machine
    cdef ep_core_record *following = NULL
    if machine.shared:
        following = following_on_thread(core)
    elif not ep_look(&machine.attention):
        following = next_core(machine)
    if following == core:
        return core.given
    if following == NULL:
        return switch_to_main(core)
    return fiber_switch(&core.fiber, &following.fiber, following.given)


cdef void wait_turn_slowly(ep_core_record *core) noexcept nogil:
    """`wait_turn` where others may come first."""
    cdef ep_machine *machine = core.machine
    cdef uint64_t key = make_key(core.base.clock, core.index)
    cdef ep_core_record *following
    if machine.shared and key < machine.turns[0] and has_turn(machine, key):
        return
    following = machine.cores + key_index(machine.turns[0])
    if (ep_ring_count(core.ring) > 0 or ep_look(&machine.attention) or machine.shared
            or acts_parked(following)):
        await_turn(core, EP_AWAITS_TURN)
        park_within(core)
        core.wait = EP_RUNS
        return
    # The ring is empty, so the heap's least core runs: one walk puts this one in its place.
    machine.turn_waits += 1
    core.wait = EP_AWAITS_TURN
    heap_replace_least(machine.turns, machine.turn_count, key)
    fiber_switch_within(&core.fiber, &following.fiber, following.given)
    core.wait = EP_RUNS


cdef void attend(ep_core *base) noexcept nogil:
    """The entry that a loop calls when it sees the attention word."""
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    heap_push(machine.turns, &machine.turn_count, make_key(base.clock, core.index))
    switch_to_main(core)
    let_go(core)  # threads may share the machine since this tick, and the core will compute for long


cdef void leave(ep_core *base) noexcept nogil:
    """The entry `exit`: ends the calling core only."""
    cdef ep_core_record *core = ep_record(base)
    wait_turn(core)
    end_core(core)


cdef void end_core(ep_core_record *core) noexcept nogil:
    """Does not return. What the core had printed of a line is its last line."""
    output_end_core(core)
    core.wait = EP_ENDED
    core.machine.unfinished -= 1
    park(core)
    abort()


cdef void end_machine(ep_core_record *core, int32_t ending) noexcept nogil:
    """Ends the program here and now, from a core's fiber. Does not return."""
    take_hold(core)
    core.machine.ending = ending
    switch_to_main(core)
    abort()


cdef void order_all_by_clock(ep_machine *machine) noexcept nogil:
    """Moves the ring's cores to the heap, so that the core with the least clock comes next.

    At every tick; it keeps cores that never stop talking from starving one that waits for its turn.
    """
    cdef ep_core_record *core
    while ep_ring_count(&machine.ring) > 0:
        core = take_ready(&machine.ring)
        heap_push(machine.turns, &machine.turn_count, make_key(core.base.clock, core.index))


cdef ep_core_record *fair_choice(ep_machine *machine) noexcept nogil:
    """The core to run after a tick, when all that can run are in the heap.

    That is the least one if it waits for its turn, or was not chosen at the last tick: a core that the tick
    found between two messages goes on before others post theirs, which watched links would take for a mistake
    (links.pxd). Else any that may run at any time will do, and they take turns by the host's time: the clock
    of a loop that costs nothing stands still, and that of a long one may, so that the least clock alone would
    keep the others from running and from printing.
    """
    cdef ep_core_record *core
    cdef ep_core_record *least
    cdef ep_core_record *chosen = NULL
    cdef int32_t place
    cdef int32_t best = 0
    machine.ticks_seen += 1
    if machine.turn_count == 0:
        return NULL
    least = machine.cores + key_index(machine.turns[0])
    if awaits_turn(least):
        return next_core(machine)
    if least.last_tick != <uint32_t>(machine.ticks_seen - 1):
        least.last_tick = <uint32_t>machine.ticks_seen
        return next_core(machine)
    for place in range(machine.turn_count):
        core = machine.cores + key_index(machine.turns[place])
        if not awaits_turn(core) and (chosen == NULL or core.last_tick < chosen.last_tick):
            chosen = core
            best = place
    heap_drop(machine.turns, &machine.turn_count, best)
    chosen.last_tick = <uint32_t>machine.ticks_seen
    return chosen


cdef void make_ready_by_clock(ep_machine *machine) noexcept nogil:
    """Moves the cores that may run before the first one that waits for its turn back to the ring.

    There they come before those that will be ready by then: in the heap they would stay behind until these have
    nothing more to say, and post messages that are older than what watched links remember.
    """
    cdef ep_core_record *core
    while machine.turn_count > 0:
        core = machine.cores + key_index(machine.turns[0])
        if awaits_turn(core):
            return
        heap_drop_least(machine.turns, &machine.turn_count)
        make_ready(core)


cdef bint interrupted(ep_machine *machine) noexcept nogil:
    """Whether Ctrl-C was pressed, which ends the machine."""
    if ep_look(&machine.interrupted):
        machine.ending = EP_INTERRUPTED
    return machine.ending != EP_GOES_ON


cdef ep_core_record *core_after_tick(ep_machine *machine) noexcept nogil:
    """Orders the cores by clock, releases the output that this allows, and takes the core to run next.

    NULL: there is none, or the machine has ended.
    """
    cdef ep_core_record *chosen
    order_all_by_clock(machine)
    if machine.turn_count > 0:
        output_release(machine, machine.turns[0])
        if machine.ending != EP_GOES_ON:
            return NULL
    if machine.recorder != NULL:
        machine.services.watch_trace(machine)
    progress_tick(machine)
    chosen = fair_choice(machine)
    if machine.single == EP_WATCHED:
        make_ready_by_clock(machine)
    return chosen


cdef void run_cores(ep_machine *machine) noexcept nogil:
    """Runs the machine on the calling thread until it ends; `machine.ending` tells how."""
    cdef ep_core_record *following = next_core(machine)
    while True:
        if following == NULL:
            machine.ending = EP_FINISHED if machine.unfinished == 0 else EP_DEADLOCK
            return
        fiber_switch(&machine.main_fiber, &following.fiber, following.given)
        if machine.ending != EP_GOES_ON:
            return
        ep_lower(&machine.attention)
        if interrupted(machine):
            return
        following = core_after_tick(machine)
        if machine.ending != EP_GOES_ON:
            return


cdef void scheduler_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.attend = attend
    runtime.exit = <ep_end_entry>leave
