# recorder_trace: see recorder_trace.pxd.
import json

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.stdlib cimport calloc, free, llabs
from libc.string cimport memset, strdup, strlen
from posix.unistd cimport STDERR_FILENO, write
from .eptrans_rt cimport EP_TICKS_PER_CYCLE
from .mesh cimport later
from .output cimport outlet_of
from .progress cimport progress_erase
from .program_texts cimport program_files, program_names, program_sites
from .recorder cimport (
    LOAD_BUCKETS, NAME_MESSAGE, RECORD_TRACE, chip_load, earlier, recorder_of, trail, trail_of,
)
from .trace_text cimport (
    trace_close, trace_open, trace_put_counter, trace_put_flow, trace_put_slice, trace_slice, trace_write,
)

cdef enum:
    FIRST_BUCKET_TICKS = 128


# ---- events -----------------------------------------------------------------------------------------

cdef inline int64_t nanoseconds(recorder *notes, int64_t ticks) noexcept nogil:
    return <int64_t>(<double>ticks * notes.nanoseconds)


cdef int64_t trace_time(ep_core_record *core, int64_t ticks) noexcept nogil:
    """Nanoseconds at which a slice begins that opens now: inside those around it.

    A nanosecond after the one around it at least: viewers that sort slices by their start could
    otherwise take the inner for the outer. Not before the window, where all open slices are cut off.
    """
    cdef recorder *notes = recorder_of(core.machine)
    cdef trail *own = trail_of(core)
    cdef int64_t time = later(nanoseconds(notes, later(ticks, notes.window_start)), own.closed_time)
    if own.depth > 0:
        time = later(time, own.open[own.depth - 1].start_time + 1)
    return time


cdef void show_slice(ep_core_record *core, int64_t start, int64_t end, int64_t start_time, int32_t name,
                     uint32_t site, const char *category, int64_t waited, int32_t peer) noexcept nogil:
    """Writes a slice to the trace, if any of it lies in the window."""
    cdef recorder *notes = recorder_of(core.machine)
    cdef trail *own = trail_of(core)
    cdef trace_slice one
    if start >= notes.window_end or end < notes.window_start or end < start:
        return
    one.process = notes.process[core.index]
    one.track = core.base.id
    one.start = start_time
    one.end = later(nanoseconds(notes, earlier(end, notes.window_end)), later(start_time, own.closed_time))
    one.name = name
    one.site = site
    one.category = category
    one.cycles = <double>(end - start) / EP_TICKS_PER_CYCLE
    one.waited = <double>waited / EP_TICKS_PER_CYCLE
    one.peer = core.machine.cores[peer].base.id if peer >= 0 else -1
    own.closed_time = one.end
    trace_put_slice(&notes.sink, &one)


cdef void widen_buckets(recorder *notes) noexcept nogil:
    """Twice as much time a bucket."""
    cdef int32_t process
    cdef int32_t bucket
    cdef int32_t direction
    cdef chip_load *load
    notes.bucket_ticks *= 2
    for process in range(notes.processes):
        load = notes.loads + process
        for bucket in range(LOAD_BUCKETS):
            for direction in range(4):
                load.carried[bucket][direction] = 0.0 if bucket >= LOAD_BUCKETS // 2 else (
                    load.carried[2 * bucket][direction] + load.carried[2 * bucket + 1][direction])


cdef void add_load(ep_core_record *sender, ep_core_record *receiver, int64_t posted, int64_t units) noexcept nogil:
    """Counts a message for the links of its way: along the row, then along the column."""
    cdef recorder *notes = recorder_of(sender.machine)
    cdef int32_t columns = <int32_t>receiver.column - <int32_t>sender.column
    cdef int32_t rows = <int32_t>receiver.row - <int32_t>sender.row
    cdef chip_load *load = notes.loads + notes.process[sender.index]
    cdef double *carried
    if not notes.window_start <= posted < notes.window_end:
        return
    posted -= notes.window_start
    while posted // notes.bucket_ticks >= LOAD_BUCKETS:
        widen_buckets(notes)
    load.used = True
    carried = load.carried[posted // notes.bucket_ticks]
    carried[0 if columns > 0 else 1] += <double>(units * llabs(columns))
    carried[2 if rows > 0 else 3] += <double>(units * llabs(rows))


cdef void put_message_slice(ep_core_record *core, int64_t start, int64_t end, int64_t ticks, uint32_t site,
                            int32_t peer) noexcept nogil:
    """A slice for one end of an arrow, inside the one that is open, with what the message took."""
    cdef recorder *notes = recorder_of(core.machine)
    cdef trace_slice one
    one.process = notes.process[core.index]
    one.track = core.base.id
    one.start = start
    one.end = end
    one.name = NAME_MESSAGE
    one.site = site
    one.category = b"message"
    one.cycles = <double>ticks / EP_TICKS_PER_CYCLE
    one.waited = -1
    one.peer = core.machine.cores[peer].base.id
    trail_of(core).closed_time = end
    trace_put_slice(&notes.sink, &one)


cdef int64_t show_result(ep_core_record *worker, int64_t posted, int32_t master) noexcept nogil:
    """The post of a task's result, a slice of its own: Perfetto lets arrows begin in the slice that began last on
    a track, though it may have ended, and that would be a function that the task has called. Gives its start."""
    cdef recorder *notes = recorder_of(worker.machine)
    cdef int64_t start
    if not notes.flags & RECORD_TRACE or not notes.window_start <= posted < notes.window_end:
        return 0
    start = later(nanoseconds(notes, posted) - 2, trace_time(worker, posted - 2))
    put_message_slice(worker, start, start + 2, 0, trail_of(worker).work_site, master)
    return start


cdef void show_arrival(ep_core_record *sender, ep_core_record *receiver, const posted_message *message,
                       int64_t taken, int64_t leaves, int64_t enters) noexcept nogil:
    """A slice of its own for a message that the receiver has waited for since before its sender began to send it.

    Perfetto lets an arrow go from whichever of its two slices began first: to the receiver's wait as a whole it
    would go backwards. Not over the post of the receiver's own message, whose arrow begins in the wait.
    """
    cdef recorder *notes = recorder_of(sender.machine)
    cdef trail *takes = trail_of(receiver)
    cdef int64_t start = later(leaves, nanoseconds(notes, takes.posted))
    if takes.closed_time > enters:
        return  # there is no room for it
    start = earlier(later(start, takes.closed_time), enters)
    put_message_slice(receiver, start, enters + 1, taken - message.posted, message.site, sender.index)


cdef void show_message(ep_core_record *sender, ep_core_record *receiver, const posted_message *message,
                       int64_t taken) noexcept nogil:
    """An arrow from the sender's slice to the receiver's: inside both, so that viewers bind it to them."""
    cdef recorder *notes = recorder_of(sender.machine)
    cdef trail *takes = trail_of(receiver)
    cdef int64_t leaves
    cdef int64_t enters
    cdef int64_t number
    add_load(sender, receiver, message.posted, (message.bytes + 7) // 8)
    if message.posted < notes.window_start or taken >= notes.window_end:
        return
    leaves = later(nanoseconds(notes, message.posted) - 1, message.start)
    enters = later(nanoseconds(notes, taken) - 1, later(leaves, takes.start_time))
    # Counted for each receiver, whose messages come in the same order on every run.
    if takes.start_time < message.start:
        show_arrival(sender, receiver, message, taken, leaves, enters)
    takes.arrows += 1
    number = takes.arrows * sender.machine.count + receiver.index
    trace_put_flow(&notes.sink, False, number, notes.process[sender.index], sender.base.id, leaves)
    trace_put_flow(&notes.sink, True, number, notes.process[receiver.index], receiver.base.id, enters)


cdef void show_loads(recorder *notes, int64_t end) noexcept nogil:
    """The counters: a point wherever a chip's load changes."""
    cdef int32_t process
    cdef int64_t bucket
    cdef int32_t direction
    cdef int64_t time
    cdef double values[4]
    cdef double last[4]
    cdef bint changed
    for process in range(notes.processes):
        if not notes.loads[process].used:
            continue
        memset(last, 0, sizeof(last))
        for bucket in range(LOAD_BUCKETS + 1):
            time = notes.window_start + bucket * notes.bucket_ticks
            changed = bucket == 0
            for direction in range(4):
                values[direction] = 0.0
                if bucket < LOAD_BUCKETS:
                    values[direction] = (notes.loads[process].carried[bucket][direction] * 8
                                         * EP_TICKS_PER_CYCLE / notes.bucket_ticks)
                changed |= values[direction] != last[direction]
                last[direction] = values[direction]
            if changed and time < notes.window_end:
                trace_put_counter(&notes.sink, process, nanoseconds(notes, time), values)


# ---- from the beginning to the end ------------------------------------------------------------------

cdef void free_texts(char **texts) noexcept nogil:
    cdef int64_t place = 0
    if texts == NULL:
        return
    while texts[place] != NULL:
        free(texts[place])
        place += 1
    free(texts)


cdef char **copy_texts(object texts) except NULL:
    """C strings of a list of bytes, with NULL behind the last. Raises MemoryError."""
    cdef char **copies = <char **>calloc(<size_t>len(texts) + 1, sizeof(char *))
    if copies == NULL:
        raise MemoryError
    for place, text in enumerate(texts):
        copies[place] = strdup(text)
        if copies[place] == NULL:
            free_texts(copies)
            raise MemoryError
    return copies


cdef object create_trace(ep_machine *machine, recorder *notes, object trace):
    cdef int32_t index
    notes.flags |= RECORD_TRACE
    notes.sink.fd = trace.fd
    notes.sink.interrupted = &machine.interrupted
    notes.nanoseconds = 1e9 / EP_TICKS_PER_CYCLE / trace.clock_hz
    notes.window_start = trace.window[0]
    notes.window_end = trace.window[1]
    notes.warn_at = trace.warn_at
    notes.warning = strdup(trace.warning)
    notes.bucket_ticks = FIRST_BUCKET_TICKS
    notes.processes = trace.process_count
    notes.process = <int32_t *>calloc(machine.count, sizeof(int32_t))
    notes.loads = <chip_load *>calloc(<size_t>notes.processes, sizeof(chip_load))
    if notes.warning == NULL or notes.process == NULL or notes.loads == NULL or not trace_open(&notes.sink):
        raise MemoryError
    for index in range(machine.count):
        notes.process[index] = trace.process(machine.cores[index].base.id, bool(machine.cores[index].base.is_host))
    files = program_files(machine.program)
    places = [f"{files[file]}:{line}" if line else "" for file, line, _, _ in program_sites(machine.program)]
    notes.sink.names = copy_texts([json.dumps(name).encode() for name in program_names(machine.program)])
    notes.sink.places = copy_texts([json.dumps(place).encode() if place else b"" for place in places])


cdef void watch_trace(ep_machine *machine) noexcept nogil:
    """Nobody needs the warning: whether it can be written does not matter."""
    cdef recorder *notes = recorder_of(machine)
    if not notes.flags & RECORD_TRACE or notes.warn_at < 0 or notes.sink.bytes < notes.warn_at:
        return
    if outlet_of(machine).inside_line:
        return  # at a later tick
    notes.warn_at = -1
    progress_erase(machine)
    write(STDERR_FILENO, notes.warning, strlen(notes.warning))


cdef void finish_trace(recorder *notes, int64_t end) noexcept nogil:
    show_loads(notes, end)
    trace_write(&notes.sink)


cdef void destroy_trace(recorder *notes) noexcept nogil:
    free_texts(notes.sink.names)
    free_texts(notes.sink.places)
    trace_close(&notes.sink)
    free(notes.process)
    free(notes.loads)
    free(notes.warning)
