# output: see output.pxd. A write that fails sets the machine's ending; the
# caller stops the machine when it sees one.
from libc.errno cimport EAGAIN, EINTR, EPIPE, errno

from libc.stdint cimport INT64_MAX
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcpy
from posix.unistd cimport write
from .core_record cimport (
    EP_INTERRUPTED, EP_NO_HOST_MEMORY, EP_OUTPUT_CLOSED, EP_OUTPUT_FAILED, ep_output, ep_outlet,
)
from .heap cimport (
    heap_clear, heap_drop_least, heap_push, heap_replace_least, key_index, make_key,
)
from .host cimport ep_look
from .progress cimport progress_erase

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    short POLLOUT
    int poll(pollfd *files, unsigned long count, int timeout)

cdef extern from "<limits.h>" nogil:
    int PIPE_BUF

cdef enum:
    WRITE_BYTES = 65536     # written at once while there is more


cdef bint output_create(ep_machine *machine, int output_fd, int input_fd, bint capture) noexcept nogil:
    """Makes the outlet and each core's part of it. False: no memory."""
    cdef machine_outlet *outlet = <machine_outlet *>calloc(1, sizeof(machine_outlet))
    cdef core_output *output
    cdef const char *form
    cdef int32_t index
    machine.outlet = <ep_outlet *>outlet
    if outlet == NULL:
        return False
    outlet.cores = <core_output *>calloc(machine.count, sizeof(core_output))
    outlet.lines = <uint64_t *>calloc(machine.count + 1, sizeof(uint64_t))
    outlet.output_fd = output_fd
    outlet.input_fd = input_fd
    outlet.capture = capture
    if outlet.cores == NULL or outlet.lines == NULL:
        return False
    heap_clear(outlet.lines, &outlet.line_count)
    for index in range(machine.count):
        output = outlet.cores + index
        machine.cores[index].output = <ep_output *>output
        form = b"[device %d] "
        if machine.cores[index].base.is_host:
            form = b"[host %d] "
        output.prefix_bytes = snprintf(output.prefix, PREFIX_ROOM, form, machine.cores[index].base.id)
    return True


cdef void output_keep(ep_machine *machine, outlet_past *past) noexcept nogil:
    """Takes what a run has read and written out of the outlet of one that begins again; `input` is to be freed."""
    cdef machine_outlet *outlet = outlet_of(machine)
    past.written = outlet.written
    past.input_ended = outlet.input_ended
    past.input = outlet.input
    past.input_used = outlet.input_used
    past.input_room = outlet.input_room
    outlet.input = NULL


cdef void output_goes_on(ep_machine *machine, outlet_past *past) noexcept nogil:
    """Gives what another run has left to one that has just been made. One that may begin again keeps its input."""
    cdef machine_outlet *outlet = outlet_of(machine)
    outlet.keeps_input = not machine.direct and machine.watch_from < INT64_MAX
    outlet.repeated = past.written
    outlet.input_ended = past.input_ended
    outlet.input = past.input
    outlet.input_used = past.input_used
    outlet.input_room = past.input_room
    past.input = NULL


cdef void output_destroy(ep_machine *machine) noexcept nogil:
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef printed_line *line
    cdef printed_line *following
    cdef int32_t index
    if outlet == NULL:
        return
    for index in range(machine.count if outlet.cores != NULL else 0):
        line = outlet.cores[index].first
        while line != NULL:
            following = line.next
            free(line)
            line = following
        free(outlet.cores[index].part)
    free(outlet.cores)
    free(outlet.lines)
    free(outlet.buffer)
    free(outlet.input)
    free(outlet)
    machine.outlet = NULL


# ---- from a core ------------------------------------------------------------------------------

cdef void queue_line(ep_core_record *core, const char *text, int64_t bytes, bint whole) noexcept nogil:
    """Stamps prefix, held part and `text` as the core's next line. `whole`: it gets a newline."""
    cdef machine_outlet *outlet = outlet_of(core.machine)
    cdef core_output *output = output_of(core)
    cdef int64_t total = output.prefix_bytes + output.part_bytes + bytes + (1 if whole else 0)
    cdef printed_line *line = <printed_line *>malloc(sizeof(printed_line) + <size_t>total)
    cdef char *place
    if line == NULL:
        core.machine.ending = EP_NO_HOST_MEMORY
        return
    place = <char *>(line + 1)
    memcpy(place, output.prefix, output.prefix_bytes)
    place += output.prefix_bytes
    if output.part_bytes > 0:
        memcpy(place, output.part, output.part_bytes)
        place += output.part_bytes
        output.part_bytes = 0
    if bytes > 0:
        memcpy(place, text, bytes)
        place += bytes
    if whole:
        place[0] = c'\n'
    line.next = NULL
    line.clock = core.base.clock
    line.bytes = total
    line.whole = whole
    if output.first == NULL:
        output.first = line
        heap_push(outlet.lines, &outlet.line_count, make_key(line.clock, core.index))
    else:
        output.last.next = line
    output.last = line
    output.pending += total
    outlet.pending += total


cdef void hold_part(ep_core_record *core, const char *text, int64_t bytes) noexcept nogil:
    cdef core_output *output = output_of(core)
    cdef int64_t needed = output.part_bytes + bytes
    cdef char *grown
    if needed > output.part_room:
        grown = <char *>realloc(output.part, <size_t>(2 * needed))
        if grown == NULL:
            core.machine.ending = EP_NO_HOST_MEMORY
            return
        output.part = grown
        output.part_room = 2 * needed
    memcpy(output.part + output.part_bytes, text, bytes)
    output.part_bytes = needed


cdef void output_add(ep_core_record *core, const char *text, int64_t bytes) noexcept nogil:
    """Takes a copy of text that the core prints at its present clock."""
    cdef const char *end = text + bytes
    cdef const char *newline
    while text < end:
        newline = <const char *>memchr(text, c'\n', <size_t>(end - text))
        if newline == NULL:
            hold_part(core, text, end - text)
            return
        queue_line(core, text, newline - text, True)
        text = newline + 1


cdef void output_end_core(ep_core_record *core) noexcept nogil:
    """The core prints no more: what it holds of a line is printed as it is."""
    if output_of(core).part_bytes > 0:
        queue_line(core, NULL, 0, False)


# ---- to the file ------------------------------------------------------------------------------

cdef bint has_room(machine_outlet *outlet) noexcept nogil:
    """Whether something can be written without waiting; waits a moment for that. Then it is PIPE_BUF bytes at least."""
    cdef pollfd room
    room.fd = outlet.output_fd
    room.events = POLLOUT
    return poll(&room, 1, 100) > 0


cdef void write_out(ep_machine *machine) noexcept nogil:
    """Writes the buffer. A closed pipe, a full disk and Ctrl-C meanwhile end the machine."""
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef int64_t done = outlet.repeated if outlet.repeated < outlet.used else outlet.used
    cdef int64_t bytes
    cdef ssize_t written
    outlet.repeated -= done
    if done < outlet.used:
        progress_erase(machine)
    while done < outlet.used:
        bytes = outlet.used - done
        if ep_look(&machine.interrupted) or machine.shared:
            # The reader may have stopped reading. Ctrl-C interrupts a write of the first host thread, once: other
            # threads, and the last text after it, must not wait in one.
            if not has_room(outlet):
                if ep_look(&machine.interrupted):
                    break
                continue
            bytes = min(bytes, <int64_t>PIPE_BUF)
        written = write(outlet.output_fd, outlet.buffer + done, <size_t>bytes)
        if written >= 0:
            done += written
            outlet.written += written
        elif errno == EAGAIN:
            has_room(outlet)
        elif errno != EINTR:
            outlet.error = errno
            machine.ending = EP_OUTPUT_CLOSED if errno == EPIPE else EP_OUTPUT_FAILED
            break
        if written < 0 and ep_look(&machine.interrupted):
            machine.ending = EP_INTERRUPTED
            break
    outlet.used = 0


cdef void put(ep_machine *machine, const char *text, int64_t bytes, bint whole) noexcept nogil:
    """Appends to the buffer; text that follows a part of a line starts a line of its own."""
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef int64_t needed = outlet.used + bytes + 1
    cdef char *grown
    if needed > outlet.room:
        grown = <char *>realloc(outlet.buffer, <size_t>(2 * needed))
        if grown == NULL:
            machine.ending = EP_NO_HOST_MEMORY
            return
        outlet.buffer = grown
        outlet.room = 2 * needed
    if outlet.inside_line:
        outlet.buffer[outlet.used] = c'\n'
        outlet.used += 1
    memcpy(outlet.buffer + outlet.used, text, bytes)
    outlet.used += bytes
    outlet.inside_line = not whole
    if outlet.used >= WRITE_BYTES and not outlet.capture:
        write_out(machine)


cdef void output_release(ep_machine *machine, uint64_t bound) noexcept nogil:
    """Releases all lines whose key (clock, core) is not above `bound`, in order, and writes them."""
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef core_output *output
    cdef printed_line *line
    cdef int32_t index
    while outlet.line_count > 0 and outlet.lines[0] <= bound and outlet.error == 0:
        index = key_index(outlet.lines[0])
        output = outlet.cores + index
        line = output.first
        output.first = line.next
        output.pending -= line.bytes
        outlet.pending -= line.bytes
        if output.first != NULL:
            heap_replace_least(outlet.lines, outlet.line_count, make_key(output.first.clock, index))
        else:
            heap_drop_least(outlet.lines, &outlet.line_count)
        put(machine, <char *>(line + 1), line.bytes, line.whole)
        free(line)
    if outlet.used > 0 and not outlet.capture:
        write_out(machine)


cdef void output_show_part(ep_core_record *core) noexcept nogil:
    """Writes what the core holds of a line right away, as a prompt; earlier lines are released before."""
    output_end_core(core)
    output_release(core.machine, make_key(core.base.clock, core.index))
