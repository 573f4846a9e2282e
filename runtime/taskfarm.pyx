# taskfarm: see taskfarm.pxd.
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free
from .core_record cimport (
    EP_FARM_EXECS, EP_FARM_SHUTS, EP_FARM_WAITS, EP_NO_HOST_MEMORY, EP_WORKS, ep_farm, ep_record,
)
from .eptrans_rt cimport EP_FUNCTION, EP_NONE, EP_UNSET, ep_core, ep_function
from .faults cimport PLACE_ROOM, TEXT_ROOM, fault, fault_number, kind_name, peer_of, place_text
from .flight cimport carrier_drop, carrier_new, carry, drop_carried, is_scalar
from .memory cimport copy_value_into, release_value
from .mesh cimport later, post, value_bytes
from .offers cimport check_sendable
from .scheduler cimport end_machine, make_ready, park_within, wait_turn
from .sharing cimport let_go, take_hold

cdef extern from "<alloca.h>" nogil:
    void *alloca(size_t size)


# ---- calls through a value ----------------------------------------------------------------------------

cdef void fault_arity(ep_core_record *core, const ep_function *function, int32_t given) noexcept nogil:
    cdef char text[TEXT_ROOM]
    cdef char range_text[48]
    cdef const char *plural = b"s"
    if function.parameters == 1:
        plural = b""
    if function.required < function.parameters:
        snprintf(range_text, 48, b"%u to %u", function.required, function.parameters)
    else:
        snprintf(range_text, 48, b"%u", function.parameters)
    snprintf(text, TEXT_ROOM, b"%s takes %s argument%s, %d given", function.name, range_text, plural, given)
    fault(&core.base, text)


cdef void fault_no_function(ep_core_record *core, ep_value value) noexcept nogil:
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    cdef const char *origin = b""
    if place_text(core.machine, value.origin, place, PLACE_ROOM) > 0:
        origin = b"; the value was sent at "
    snprintf(text, TEXT_ROOM, b"%s is not a function and cannot be called%s%s", kind_name(value), origin, place)
    fault(&core.base, text)


cdef inline const ep_function *checked_function(ep_core_record *core, ep_value value,
                                                int32_t count) noexcept nogil:
    """The code table's entry of a value that is called with `count` arguments; a fault if that cannot be."""
    cdef const ep_function *function
    if value.tag != EP_FUNCTION:
        fault_no_function(core, value)
    # An index that no function has comes only from an array of functions never filled in.
    if not 0 <= value.payload.integer < core.machine.program.function_count:
        fault(&core.base, b"no function has been stored here, so that it cannot be called")
    function = core.machine.program.functions + value.payload.integer
    if count > <int32_t>function.parameters or (core.machine.program.python3
                                                and count < <int32_t>function.required):
        fault_arity(core, function, count)
    return function


cdef ep_value call_filled_in(ep_core_record *core, const ep_function *function, uint32_t *frame, int32_t count,
                             const ep_value *arguments) noexcept nogil:
    """Calls with missing arguments filled in: none, or unset where the function has a default."""
    cdef ep_value *full = <ep_value *>alloca(sizeof(ep_value) * (function.parameters + 1))
    cdef int32_t index
    for index in range(<int32_t>function.parameters):
        if index < count:
            full[index] = arguments[index]
        else:
            full[index].tag = EP_NONE if index < <int32_t>function.required else EP_UNSET
            full[index].origin = 0
            full[index].payload.integer = 0
    return function.call(&core.base, frame, full)


cdef ep_value call_value(ep_core *base, uint32_t *callee_frame, ep_value value, int32_t count,
                         const ep_value *arguments) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef const ep_function *function = checked_function(core, value, count)
    if count == <int32_t>function.parameters:
        return function.call(base, callee_frame, arguments)
    return call_filled_in(core, function, callee_frame, count, arguments)


# ---- parts of the farm -----------------------------------------------------------------------------------

cdef farm_part *part_of(ep_core_record *core, ep_core_record *owner) noexcept nogil:
    """The owner's part, made at its first use. `core` is the one that runs."""
    cdef farm_part *part = farm_of(owner)
    if part == NULL:
        part = <farm_part *>calloc(1, sizeof(farm_part))
        if part == NULL:
            end_machine(core, EP_NO_HOST_MEMORY)
        part.master = -1
        part.giver = -1
        owner.farm = <ep_farm *>part
    return part


cdef void drop_arguments(ep_machine *machine, farm_part *part) noexcept nogil:
    cdef int32_t index
    if part.count == 0:
        return
    for index in range(part.count):
        if not is_scalar(part.arguments[index]):
            drop_carried(machine, part.arguments[index])
    carrier_drop(machine, part.arguments)
    part.count = 0


cdef void taskfarm_destroy(ep_machine *machine) noexcept nogil:
    cdef farm_part *part
    cdef int32_t index
    for index in range(machine.count):
        part = farm_of(machine.cores + index)
        if part != NULL:
            free(part)
            machine.cores[index].farm = NULL


cdef void farm_init(ep_core *base, int64_t master) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef farm_part *part = part_of(core, core)
    cdef int32_t index = -1
    if 0 <= master < core.machine.number_limit:
        index = core.machine.index_of[master]
    if index < 0:
        fault_number(core, b"initTaskFarm(%lld): there is no such core in this run", master)
    part.master = index


cdef void fault_no_master(ep_core_record *core, const char *operation) noexcept nogil:
    cdef farm_part *part = farm_of(core)
    cdef char text[TEXT_ROOM]
    if part == NULL or part.master < 0:
        snprintf(text, TEXT_ROOM, b"%s before initTaskFarm: call initTaskFarm(master) on every core first",
                 operation)
    else:
        snprintf(text, TEXT_ROOM, b"%s is for the master only, which is core %d", operation,
                 core.machine.cores[part.master].base.id)
    fault(&core.base, text)


cdef inline void check_master(ep_core_record *core, const char *operation) noexcept nogil:
    """A fault unless this core is the master of an initialised farm."""
    cdef farm_part *part = farm_of(core)
    if part == NULL or part.master != core.index:
        fault_no_master(core, operation)


# ---- the master -------------------------------------------------------------------------------------------

cdef void await_result(ep_core_record *core, ep_core_record *worker, int32_t reason) noexcept nogil:
    """Waits until the worker's slot holds its result, and for the result to arrive."""
    cdef farm_part *part = farm_of(worker)
    if part.slot != SLOT_DONE:
        core.peer = worker.index
        core.wait = <unsigned char>reason
        park_within(core)
    arrive(core, part.arrival, part.held)


cdef void arrive(ep_core_record *core, int64_t time, int64_t held) noexcept nogil:
    """The core waits for something to arrive. `held`: ticks for which that waited for links."""
    cdef int64_t wait = later(time - core.base.clock, 0)
    core.base.clock += wait
    core.waited += wait
    core.waited_link += wait if wait < held else held


cdef void give(ep_core_record *core, ep_core_record *worker, uint32_t function, int32_t count,
               const ep_value *arguments) noexcept nogil:
    """Puts a task into an empty slot; the master goes on when it is there."""
    cdef farm_part *part = farm_of(worker)
    cdef int64_t bytes = 8
    cdef int32_t index
    if count > 0:
        part.arguments = <ep_value *>carrier_new(core, <int64_t>sizeof(ep_value) * count)
    for index in range(count):
        part.arguments[index] = arguments[index] if is_scalar(arguments[index]) else carry(core, arguments[index])
        part.arguments[index].origin = core.base.frame[0]
        bytes += value_bytes(core, arguments[index])
    part.count = count
    part.function = function
    part.giver = core.index
    part.given_at = core.base.frame[0]
    core.base.clock += core.machine.costs.farm_post + count * core.machine.costs.farm_argument
    part.arrival = post(core, worker, bytes)
    part.held = core.held
    core.base.clock = part.arrival
    part.slot = SLOT_GIVEN
    core.sent += 1
    if worker.wait == EP_WORKS:
        make_ready(worker)


cdef void farm_exec(ep_core *base, int64_t to, ep_value function, int32_t count,
                    const ep_value *arguments) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *worker
    cdef farm_part *part
    cdef int32_t index
    check_master(core, b"execFunction")
    if to == core.base.id:
        fault(base, b"the master runs no tasks itself: give them to another core, or call the function")
    worker = core.machine.cores + peer_of(core, to, b"execFunction to")
    checked_function(core, function, count)
    for index in range(count):
        check_sendable(core, arguments[index])
    part = part_of(core, worker)
    if part.slot != SLOT_EMPTY:
        await_result(core, worker, EP_FARM_EXECS)
        drop_carried(core.machine, part.result)
        part.slot = SLOT_EMPTY
    give(core, worker, <uint32_t>function.payload.integer, count, arguments)


cdef int32_t farm_test(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef farm_part *part
    cdef int32_t index
    check_master(core, b"testFunctionFinish")
    index = peer_of(core, origin, b"testFunctionFinish of")
    base.clock += core.machine.costs.test
    wait_turn(core)
    part = farm_of(core.machine.cores + index)
    return part != NULL and part.slot == SLOT_DONE and part.arrival <= base.clock


cdef ep_value farm_wait(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *worker
    cdef farm_part *part
    cdef ep_value value
    check_master(core, b"waitFunctionFinish")
    worker = core.machine.cores + peer_of(core, origin, b"waitFunctionFinish of")
    part = farm_of(worker)
    base.clock += core.machine.costs.farm_take
    if part == NULL or part.slot == SLOT_EMPTY:
        value.tag = EP_NONE
        value.origin = 0
        value.payload.integer = 0
        return value
    await_result(core, worker, EP_FARM_WAITS)
    core.received += 1
    value = part.result
    if not is_scalar(value):
        value = copy_value_into(base, part.result)
        drop_carried(core.machine, part.result)
    part.slot = SLOT_EMPTY
    return value


cdef void farm_shutdown(ep_core *base) noexcept nogil:
    """Waits for all tasks, drops their results, and lets every worker leave worker()."""
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *worker
    cdef farm_part *part
    cdef int32_t index
    check_master(core, b"shutdownTaskFarm")
    for index in range(core.machine.count):
        part = farm_of(core.machine.cores + index)
        if part != NULL and part.slot != SLOT_EMPTY:
            await_result(core, core.machine.cores + index, EP_FARM_SHUTS)
            drop_carried(core.machine, part.result)
            part.slot = SLOT_EMPTY
    for index in range(core.machine.count):
        worker = core.machine.cores + index
        if worker == core:
            continue
        part = part_of(core, worker)
        base.clock += core.machine.costs.farm_post
        part.released_at = post(core, worker, 8)
        part.released = True
        if worker.wait == EP_WORKS:
            make_ready(worker)


# ---- a worker -----------------------------------------------------------------------------------------------

cdef void check_giver(ep_core_record *core, farm_part *part) noexcept nogil:
    """A fault if the task came from another core than this one's master."""
    cdef ep_core_record *cores = core.machine.cores
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    if part.giver == part.master:
        return
    place_text(core.machine, part.given_at, place, PLACE_ROOM)
    snprintf(text, TEXT_ROOM, b"worker of core %d was called by core %d at %s: initTaskFarm must name the same "
             b"master on every core", cores[part.master].base.id, cores[part.giver].base.id, place)
    fault(&core.base, text)


cdef void run_task(ep_core_record *core, farm_part *part, uint32_t *frame) noexcept nogil:
    """Takes the task in the slot, runs it, and puts its result there."""
    cdef const ep_function *function = core.machine.program.functions + part.function
    cdef ep_core_record *master = core.machine.cores + part.giver
    cdef int32_t count = part.count
    cdef ep_value *arguments = <ep_value *>alloca(sizeof(ep_value) * <size_t>(count + 1))
    cdef ep_value result
    cdef int32_t index
    core.base.clock += core.machine.costs.farm_take + count * core.machine.costs.farm_argument
    for index in range(count):
        arguments[index] = part.arguments[index]
        if not is_scalar(arguments[index]):
            arguments[index] = copy_value_into(&core.base, arguments[index])
    drop_arguments(core.machine, part)
    part.slot = SLOT_RUNNING
    core.received += 1
    core.tasks += 1
    let_go(core)
    if count == <int32_t>function.parameters:
        result = function.call(&core.base, frame, arguments)
    else:
        result = call_filled_in(core, function, frame, count, arguments)
    take_hold(core)
    for index in range(count):
        if not is_scalar(arguments[index]):
            release_value(&core.base, arguments[index])
    core.base.clock += core.machine.costs.farm_post
    part.arrival = post(core, master, value_bytes(core, result))
    part.held = core.held
    part.result = result
    part.result.origin = part.given_at
    if not is_scalar(result):
        part.result = carry(core, result)
        release_value(&core.base, result)
    part.slot = SLOT_DONE
    core.sent += 1
    if master.peer == core.index and EP_FARM_WAITS <= master.wait <= EP_FARM_SHUTS:
        make_ready(master)


cdef void run_recorded_task(ep_core_record *core, farm_part *part, uint32_t *frame) noexcept nogil:
    core.machine.services.task_begins(core)
    run_task(core, part, frame)
    core.machine.services.task_ended(core)


cdef void farm_worker(ep_core *base, uint32_t *callee_frame) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef farm_part *part = farm_of(core)
    cdef uint32_t *frame = base.frame
    if part == NULL or part.master < 0:
        fault(base, b"worker before initTaskFarm: call initTaskFarm(master) on every core first")
    if part.master == core.index:
        fault(base, b"worker on the master: it gives the tasks, the other cores call worker()")
    while True:
        while part.slot != SLOT_GIVEN and not part.released:
            core.peer = part.master
            core.wait = EP_WORKS
            park_within(core)
        # A release comes before any task in the slot: the master waited for all tasks before it.
        arrive(core, part.released_at if part.released else part.arrival, part.held)
        if part.released:
            part.released = False
            return
        check_giver(core, part)
        if core.machine.recorder != NULL:
            run_recorded_task(core, part, callee_frame)
        else:
            run_task(core, part, callee_frame)
        base.frame = frame  # the task's calls have left their own


cdef void taskfarm_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.call_value = call_value
    runtime.farm_init = farm_init
    runtime.farm_exec = farm_exec
    runtime.farm_test = farm_test
    runtime.farm_wait = farm_wait
    runtime.farm_worker = farm_worker
    runtime.farm_shutdown = farm_shutdown
