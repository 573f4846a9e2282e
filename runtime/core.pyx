# core: the emulated machine as a whole; see `run_program`.
#
# A machine lives for one run. The GIL is released while it runs, and Python is
# never called on a fiber's stack: results are read off the stopped machine.
import threading

from libc.errno cimport ENOMEM
from libc.stddef cimport size_t
from libc.stdint cimport INT64_MAX, int16_t, int32_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset, strerror
from posix.dlfcn cimport RTLD_LOCAL, RTLD_NOW, dlclose, dlerror, dlopen, dlsym
from posix.stdlib cimport posix_memalign
from .collectives cimport collectives_destroy, collectives_fill_entries
from .concurrency cimport check_owner, concurrency_destroy, concurrency_fill_entries
from .console cimport console_read_line, console_write
from .contention cimport take_turn
from .core_record cimport (
    EP_AT_ONCE, EP_BEGINS_AGAIN, EP_FAULT, EP_IN_TURN, EP_INTERRUPTED, EP_NO_HOST_MEMORY, EP_OUTPUT_CLOSED,
    EP_OUTPUT_FAILED,
    EP_RUNTIME_STACK_BYTES, ep_core_record, ep_costs, ep_fault_entry, ep_host, ep_services, ep_tree,
    fiber_state,
)
from .eptrans_rt cimport (
    EP_ABI, EP_FAR_CODE, EP_FAR_DATA, EP_FAR_STACK, EP_TICKS_PER_CYCLE, EP_UNSET, ep_program, ep_runtime,
)
from .exchange cimport exchange_fill_entries
from .faults cimport fault, faults_fill_entries
from .flight cimport flights_create, flights_destroy
from .heap cimport MAXIMUM_CORES, heap_clear, make_key
from .host cimport (
    ep_allocate_records, ep_look, ep_signal_target, ep_signals_give_back, ep_signals_take, ep_stack_meet, ep_stacks_map,
    ep_stacks_unmap, ep_ticker_start, ep_ticker_stop,
)
from .locking_entries cimport locking_entries_fill
from .memory cimport memory_create, memory_destroy, memory_fill_entries
from .mesh cimport mesh_fill_entries
from .network cimport network_create, network_destroy
from .offers cimport offers_fill_entries
from .outcome cimport layout_of, read_outcome
from .output cimport (
    outlet_of, outlet_past, output_create, output_destroy, output_end_core, output_goes_on, output_keep, output_release,
)
from .progress cimport progress_create, progress_destroy, progress_end
from .recorded cimport recorded_fill_entries, recorded_fill_services
from .recorder cimport recorder_create, recorder_destroy, recorder_finish
from .scheduler cimport end_core, make_ready, run_cores, scheduler_fill_entries
from .sharing cimport begin_running, end_running, let_go, sharing_set_tables, take_hold
from .taskfarm cimport taskfarm_destroy, taskfarm_fill_entries
from .threads cimport threads_create, threads_destroy, threads_run
from .trees cimport tree_create
from .values cimport values_fill_entries
from .ways cimport find_ways
from .watching cimport watching_fill_entries

from eptrans.machine import MachineError, OtherObjectNeeded
from eptrans.memory_layout import FarParts, Region

cdef extern from "fiber.h" nogil:
    ctypedef void (*fiber_entry)(void *argument) noexcept nogil
    void fiber_prepare(fiber_state *state, void *stack_top, fiber_entry entry, void *argument)
    void fiber_forget(fiber_state *state)

cdef extern from "core_record.h" nogil:
    struct ep_cost_name:
        const char *name
        size_t offset
    const ep_cost_name *ep_cost_names

cdef enum:
    CACHE_LINE = 64
    CACHED_CORES = 256  # what so many touch for a message fits into a processor's nearer caches
    # A run that has to begin again keeps the order of device time for so many times as long as it was right, and
    # the last one to its end: little is done in vain where messages meet all the time.
    LONGER = 10
    ATTEMPTS = 3

# The tables of entries and that of services: the same for all machines, filled in once.
cdef ep_runtime entries
cdef ep_runtime watching_entries
cdef ep_runtime entries_that_lock
cdef ep_runtime recorded_entries
cdef ep_services services


cdef void fill_tables() noexcept nogil:
    memory_fill_entries(&entries)
    values_fill_entries(&entries)
    scheduler_fill_entries(&entries)
    faults_fill_entries(&entries)
    mesh_fill_entries(&entries)
    offers_fill_entries(&entries)
    exchange_fill_entries(&entries)
    collectives_fill_entries(&entries)
    taskfarm_fill_entries(&entries)
    concurrency_fill_entries(&entries)
    watching_fill_entries(&watching_entries, &entries)
    locking_entries_fill(&entries, &entries_that_lock)
    recorded_fill_entries(&recorded_entries, &entries_that_lock)
    recorded_fill_services(&services)
    sharing_set_tables(&entries, &watching_entries, &entries_that_lock, &recorded_entries)
    services.output_write = console_write
    services.input_line = console_read_line
    services.check_owner = check_owner
    services.take_turn = take_turn
    services.fault = <ep_fault_entry>fault


fill_tables()


# ---- making a machine ---------------------------------------------------------------------------------

cdef void run_core(void *argument) noexcept nogil:
    """What a core's fiber does: the program's top level."""
    cdef ep_core_record *core = <ep_core_record *>argument
    let_go(core)
    core.machine.program.main(&core.base, core.stack)
    take_hold(core)
    end_core(core)


cdef uint64_t mixed(uint64_t *state) noexcept nogil:
    """The next number of a splitmix64 stream."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef uint64_t random_state_of(uint64_t seed, int32_t number) noexcept nogil:
    """A core's first random state: streams of different seeds or cores do not run into each other."""
    cdef uint64_t state = seed
    state = mixed(&state) + <uint64_t>number
    return mixed(&state)


cdef bint allocate_machine(run_state *run, int32_t count, int32_t number_limit) noexcept nogil:
    """The machine with its records and queues, all zero. False: no memory."""
    cdef ep_machine *machine
    cdef uint32_t ring = 2
    if posix_memalign(<void **>&run.machine, CACHE_LINE, sizeof(ep_machine)) != 0:
        run.machine = NULL
        return False
    machine = run.machine
    memset(machine, 0, sizeof(ep_machine))
    machine.cores = <ep_core_record *>ep_allocate_records(<size_t>count * sizeof(ep_core_record))
    if machine.cores == NULL:
        return False
    machine.count = count
    while ring < <uint32_t>count:
        ring *= 2
    machine.ring.mask = ring - 1
    machine.ring.ready = <uint16_t *>calloc(ring, sizeof(uint16_t))
    machine.ring.cores = machine.cores
    machine.ring.main = &machine.main_fiber
    machine.turns = <uint64_t *>calloc(count + 1, sizeof(uint64_t))
    machine.least = machine.turns
    run.index_of = <int16_t *>calloc(number_limit, sizeof(int16_t))
    machine.index_of = run.index_of
    machine.number_limit = number_limit
    if count > CACHED_CORES:
        machine.successors = <uint16_t *>calloc(count, sizeof(uint16_t))  # or else it goes without
    machine.host = <ep_host *>run
    return machine.ring.ready != NULL and machine.turns != NULL and run.index_of != NULL


cdef void set_up_core(run_state *run, int32_t index, int32_t number, bint is_host, uint64_t seed,
                      int64_t local_stack_words) noexcept nogil:
    """A core's record, ready to run from the beginning of the program."""
    cdef ep_machine *machine = run.machine
    cdef ep_core_record *core = machine.cores + index
    cdef size_t globals_stride = (machine.program.globals_bytes + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
    cdef char *meet = ep_stack_meet(&run.stacks, index)
    core.base.id = number
    core.base.count = machine.count
    core.base.is_host = is_host
    core.base.random_state = random_state_of(seed, number)
    core.base.globals = run.globals + globals_stride * <size_t>index
    core.stack = <uint32_t *>meet
    core.base.frame = core.stack
    core.base.stack_limit = core.stack + local_stack_words
    fiber_prepare(&core.fiber, meet, run_core, core)
    core.index = index
    core.machine = machine
    core.ring = &machine.ring
    core.send_peer = -1
    core.receive_peer = -1
    core.peer = -1
    core.next_waiting = -1
    core.first_waiting = -1
    core.given.tag = EP_UNSET
    # Host cores sit beyond the end of the first row.
    core.row = 0 if is_host else <unsigned char>(number // machine.columns)
    core.column = <unsigned char>(machine.columns if is_host else number % machine.columns)
    core.row_at = machine.network.row_at[core.row]
    core.column_at = machine.network.column_at[core.column]
    core.chip = machine.network.row_chip[core.row] << 8 | machine.network.column_chip[core.column]
    find_ways(core)
    run.index_of[number] = index
    if number == index:
        machine.plain_limit = index + 1
    make_ready(core)


cdef void destroy(run_state *run) noexcept nogil:
    """Gives back all that a run holds, however far its making came."""
    cdef ep_machine *machine = run.machine
    cdef int32_t index
    if machine != NULL:
        end_running(machine)
        if machine.cores != NULL:
            for index in range(machine.count):
                if machine.cores[index].memory != NULL:
                    memory_destroy(&machine.cores[index].base)
                if machine.cores[index].fiber.stack_pointer != NULL:
                    fiber_forget(&machine.cores[index].fiber)
            collectives_destroy(machine)
            taskfarm_destroy(machine)
        recorder_destroy(machine)
        progress_destroy(machine)
        threads_destroy(machine)
        flights_destroy(machine)
        concurrency_destroy(machine)
        network_destroy(&machine.network)
        free(machine.tree)
        output_destroy(machine)
        free(machine.ring.ready)
        free(machine.successors)
        free(machine.turns)
        free(machine.cores)
        free(machine)
    free(run.index_of)
    free(run.globals)
    ep_stacks_unmap(&run.stacks)
    memset(run, 0, sizeof(run_state))


cdef object no_memory(what):
    return MachineError(f"there is not enough memory on this computer for {what}")


cdef int64_t stack_words_of(const ep_program *program, object options):
    """The emulated stack of a core: its limit, or less where the program's calls cannot need so much.

    Small stacks lie close together, which thousands of cores feel: the processor's page tables stay small.
    """
    cdef int64_t limit = options.stack_bytes // (program.word // 8)
    if 0 < program.stack_words < limit:
        return program.stack_words
    return limit


cdef object check_parts(const ep_program *program, object layout):
    """Sees to it that the program pays for what lies in shared memory, and for no more."""
    code = layout.code.region is Region.SHARED and layout.code.size > 0
    data = layout.data.region is Region.SHARED and layout.data.size > 0
    stack = layout.stack.region is Region.SHARED and program.stack_words > 0
    if EP_FAR_CODE * code + EP_FAR_DATA * data + EP_FAR_STACK * stack != program.far:
        raise OtherObjectNeeded(FarParts(code, data, stack))


cdef object create(run_state *run, const ep_program *program, object options, int64_t watch_from):
    """Makes the machine for a program. Raises MachineError; `destroy` is the caller's in any case.

    `watch_from`: ticks from which on its links, if the mesh model has any, are only watched (links.pxd).
    """
    cdef int64_t stack_words = stack_words_of(program, options)
    cdef size_t host_bytes = <size_t>stack_words * program.native_stack_ratio + EP_RUNTIME_STACK_BYTES
    cdef uint64_t seed = options.seed & 0xFFFFFFFFFFFFFFFF
    cdef int64_t local_bytes, shared_bytes, local_stack_words, other_parts
    cdef int32_t index, number, error
    numbers = sorted(options.cores)
    device_cores = len(numbers)
    first_host = max(numbers, default=-1) + 1
    numbers += range(first_host, first_host + options.host_cores)
    if len(numbers) > MAXIMUM_CORES:
        raise MachineError(f"{len(numbers)} cores are more than a machine can have ({MAXIMUM_CORES})")
    layout = layout_of(program, options, len(numbers))
    check_parts(program, layout)
    local_bytes, shared_bytes = layout.arrays_local, layout.arrays_shared
    other_parts = -1 if options.data_in_shared_memory else options.local_memory - local_bytes
    local_stack_words = min(stack_words, layout.stack.local // (program.word // 8))
    if not allocate_machine(run, len(numbers), max(numbers) + 1):
        raise no_memory(f"{len(numbers)} cores")
    run.machine.program = program
    run.machine.runtime = &entries
    run.machine.services = &services
    run.machine.columns = options.columns
    run.machine.unfinished = run.machine.count
    run.machine.stack_words = stack_words
    set_costs(&run.machine.costs, options.costs)
    network_create(&run.machine.network, options)
    run.machine.direct = run.machine.network.links == NULL
    run.machine.ordered = not run.machine.direct
    run.machine.single = EP_AT_ONCE if run.machine.direct else EP_IN_TURN
    run.machine.watch_from = watch_from
    heap_clear(run.machine.turns, &run.machine.turn_count)
    memset(run.index_of, 0xFF, sizeof(int16_t) * <size_t>run.machine.number_limit)
    error = ep_stacks_map(&run.stacks, run.machine.count, host_bytes, <size_t>stack_words * sizeof(uint32_t))
    if error == ENOMEM:
        raise no_memory(f"the stacks of {len(numbers)} cores")
    if error != 0:
        raise MachineError(f"the cores' stacks cannot be mapped: {strerror(error).decode()}")
    run.globals = <char *>calloc(run.machine.count, program.globals_bytes + CACHE_LINE)
    if run.globals == NULL:
        raise no_memory(f"the globals of {len(numbers)} cores")
    for index in range(run.machine.count):
        number = numbers[index]
        set_up_core(run, index, number, index >= device_cores, seed, local_stack_words)
        memory_create(&run.machine.cores[index].base, local_bytes, shared_bytes, other_parts)
        if run.machine.cores[index].memory == NULL:
            raise no_memory(f"the memory of {len(numbers)} cores")
    run.machine.tree = <ep_tree *>tree_create(run.machine, 0)
    if run.machine.tree == NULL:
        raise no_memory(f"{len(numbers)} cores")
    if not (output_create(run.machine, options.output_fd, options.input_fd, options.capture)
            and flights_create(run.machine)):
        raise no_memory(f"{len(numbers)} cores")


cdef object set_costs(ep_costs *costs, object cycles):
    """Fills in the cost table, in ticks. Raises MachineError for a cost that is not given."""
    cdef const ep_cost_name *one = ep_cost_names
    while one.name != NULL:
        name = one.name.decode()
        if name not in cycles:
            raise MachineError(f"the cost table has no number for '{name}'")
        (<int64_t *>(<char *>costs + one.offset))[0] = round(cycles[name] * EP_TICKS_PER_CYCLE)
        one += 1


# ---- running it ------------------------------------------------------------------------------------------

cdef void release_last_output(ep_machine *machine) noexcept nogil:
    """The text that belongs to the way in which the machine ended.

    After a fault: what was printed before it by the clock, and no more, so that it is the same on every
    run. Else everything; where cores are left over that wait, the parts of lines that they hold come last:
    they are printed now, and lines of a later clock may long have been released.
    """
    cdef uint64_t bound = ~<uint64_t>0
    cdef int32_t index
    if machine.ending in (EP_OUTPUT_CLOSED, EP_OUTPUT_FAILED, EP_NO_HOST_MEMORY, EP_BEGINS_AGAIN):
        return
    if machine.ending == EP_FAULT:
        output_end_core(machine.fault_core)
        bound = make_key(machine.fault_core.base.clock, machine.fault_core.index)
    else:
        output_release(machine, bound)
        for index in range(machine.count):
            output_end_core(machine.cores + index)
    output_release(machine, bound)


cdef object set_up_threads(ep_machine *machine, object options):
    """What the machine needs to run on several host threads. Raises MachineError."""
    cdef int32_t limit = 1 if machine.recorder != NULL else min(options.jobs, machine.count)
    if limit > 1 and not threads_create(machine, limit, options.always_share):
        raise no_memory(f"{limit} threads")


cdef object run_machine(run_state *run, bint main_thread):
    """Runs a machine to its end. The signal handlers are its own meanwhile if this is the main thread."""
    cdef ep_signal_target target
    cdef int error
    target.attention = &run.machine.attention
    target.interrupted = &run.machine.interrupted
    target.stacks = &run.stacks
    error = ep_ticker_start(&run.ticker, &run.machine.attention, &run.machine.ticks)
    if error != 0:
        raise MachineError(f"a thread cannot be started: {strerror(error).decode()}")
    if main_thread:
        ep_signals_take(&run.signals, target)
    with nogil:
        if run.machine.threads != NULL:
            threads_run(run.machine)
        else:
            run_cores(run.machine)
        release_last_output(run.machine)
        progress_end(run.machine)
        if run.machine.recorder != NULL:
            recorder_finish(run.machine)
        ep_ticker_stop(&run.ticker)
    if main_thread:
        ep_signals_give_back(&run.signals)
    if run.machine.ending == EP_OUTPUT_FAILED:
        reason = strerror(outlet_of(run.machine).error).decode()
        raise MachineError(f"the output cannot be written: {reason[:1].lower()}{reason[1:]}")
    if run.machine.ending == EP_NO_HOST_MEMORY:
        raise no_memory("the program's messages and output")


cdef const ep_program *load(str path, void **handle) except NULL:
    """Loads a shared object and finds its program. Raises MachineError."""
    cdef const ep_program *program
    encoded = path.encode("utf-8", "surrogateescape")
    handle[0] = dlopen(encoded, RTLD_NOW | RTLD_LOCAL)
    if handle[0] == NULL:
        raise MachineError(f"the compiled program cannot be loaded: {dlerror().decode('utf-8', 'replace')}")
    program = <const ep_program *>dlsym(handle[0], b"eptrans_program")
    if program == NULL:
        raise MachineError(f"{path} is not a compiled ePython program")
    if program.abi != EP_ABI:
        raise MachineError(f"{path} was built for another version of eptrans: build the program again")
    return program


cdef bint begins_again(ep_machine *machine) noexcept nogil:
    """Whether a run is over before its end since a message may have to wait for a link that is only watched.

    Ctrl-C at that moment is the end of it.
    """
    if machine.ending == EP_BEGINS_AGAIN and ep_look(&machine.interrupted):
        machine.ending = EP_INTERRUPTED
    return machine.ending == EP_BEGINS_AGAIN


cdef object run_once(run_state *run, const ep_program *program, object options, int64_t watch_from,
                     outlet_past *past):
    """The outcome of a run, or None where it has to begin again. `destroy` is the caller's in any case."""
    create(run, program, options, watch_from)
    output_goes_on(run.machine, past)
    if options.record is not None:
        recorder_create(run.machine, options.record)
    if options.progress is not None:
        progress_create(run.machine, options.progress.fd, options.progress.columns, options.chip.clock_hz)
    set_up_threads(run.machine, options)
    begin_running(run.machine)
    run_machine(run, threading.current_thread() is threading.main_thread())
    if begins_again(run.machine):
        output_keep(run.machine, past)
        return None
    return read_outcome(run.machine, &run.stacks, options)


cdef object run_attempts(run_state *run, const ep_program *program, object options, outlet_past *past):
    """`run_program` of a program that is loaded."""
    cdef int64_t watch_from = INT64_MAX
    cdef int32_t attempts = 1
    if options.watch_after is not None and options.record is None:
        watch_from = options.watch_after * EP_TICKS_PER_CYCLE
    while True:
        outcome = run_once(run, program, options, watch_from, past)
        if outcome is not None:
            return outcome
        attempts += 1
        watch_from = LONGER * run.machine.begins_again_at if attempts < ATTEMPTS else INT64_MAX
        destroy(run)


def run_program(shared_object: str, options: "MachineOptions") -> "Outcome":
    """Runs a compiled program on an emulated machine and tells how it ended.

    May be called any number of times, and from several threads at once. In the main thread Ctrl-C ends
    the run (`Status.INTERRUPTED`); in another it is left to whoever handles it there.

    With the mesh model `contention` a run takes links in the order of device time at first and believes after a
    while that nobody has to wait for one any more. Where that proves wrong it begins again and keeps the order
    for longer; the last attempt keeps it to the end. Nothing that an attempt has shown can have been wrong: the
    later of two messages that meet goes wrong first, and what is printed or read lies before that. So the next
    attempt leaves out as much of its output, and reads the same input.

    Raises OtherObjectNeeded where the program was compiled for other parts in shared memory than these options
    put there, and MachineError: the program cannot be loaded, the machine does not fit into this computer, or
    its output cannot be written (a closed pipe is an outcome, not an error).
    """
    cdef run_state run
    cdef outlet_past past
    cdef void *handle = NULL
    cdef const ep_program *program
    memset(&run, 0, sizeof(run_state))
    memset(&past, 0, sizeof(outlet_past))
    try:
        program = load(shared_object, &handle)
        return run_attempts(&run, program, options, &past)
    finally:
        destroy(&run)
        free(past.input)
        if handle != NULL:
            dlclose(handle)
