# console: see console.pxd and `struct ep_services` in core_record.h.
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdlib cimport realloc
from libc.string cimport memchr, memmove
from posix.unistd cimport isatty, read
from .core_record cimport EP_GOES_ON, EP_INTERRUPTED, EP_NO_HOST_MEMORY, ep_core_record, ep_machine, ep_record
from .heap cimport make_key
from .host cimport ep_look
from .output cimport (
    machine_outlet, outlet_of, output_add, output_of, output_release, output_show_part,
)
from .progress cimport progress_erase
from .scheduler cimport end_machine, wait_turn

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents
    short POLLIN
    int poll(pollfd *files, unsigned long count, int timeout)

cdef enum:
    # Text that a core, and all cores together, may print ahead of the others before it waits for its
    # turn: this is what keeps a program that prints for ever in constant memory.
    CORE_AHEAD = 1 << 16
    ALL_AHEAD = 1 << 23
    READ_BYTES = 4096


cdef void console_write(ep_core *base, const char *text, int64_t bytes) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    if output_of(core).pending > CORE_AHEAD or outlet_of(machine).pending > ALL_AHEAD:
        wait_turn(core)
        output_release(machine, make_key(base.clock, core.index))
    output_add(core, text, bytes)
    if machine.ending != EP_GOES_ON:
        end_machine(core, machine.ending)


cdef void fill(ep_core_record *core) noexcept nogil:
    """Waits for input and reads some; a signal ends the wait."""
    cdef ep_machine *machine = core.machine
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef ssize_t count
    cdef pollfd waiting
    cdef char *grown
    if outlet.input_taken > 0 and not outlet.keeps_input:
        memmove(outlet.input, outlet.input + outlet.input_taken,
                <size_t>(outlet.input_used - outlet.input_taken))
        outlet.input_used -= outlet.input_taken
        outlet.input_taken = 0
    if outlet.input_used + READ_BYTES > outlet.input_room:
        grown = <char *>realloc(outlet.input, <size_t>(2 * outlet.input_room + READ_BYTES))
        if grown == NULL:
            end_machine(core, EP_NO_HOST_MEMORY)
        outlet.input = grown
        outlet.input_room = 2 * outlet.input_room + READ_BYTES
    waiting.fd = outlet.input_fd
    waiting.events = POLLIN
    # Between the look and the poll a signal could slip through: the time-out looks again.
    if not ep_look(&machine.interrupted) and poll(&waiting, 1, 100) == 0:
        return
    if ep_look(&machine.interrupted):
        end_machine(core, EP_INTERRUPTED)
    count = read(outlet.input_fd, outlet.input + outlet.input_used, READ_BYTES)
    if count > 0:
        outlet.input_used += count
    elif count == 0 or (errno != EINTR and errno != EAGAIN):
        outlet.input_ended = True


cdef int64_t console_read_line(ep_core *base, const char **text) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    cdef machine_outlet *outlet = outlet_of(machine)
    cdef const char *newline
    cdef int64_t length
    cdef int64_t searched = 0
    wait_turn(core)
    output_show_part(core)
    progress_erase(machine)
    if machine.ending != EP_GOES_ON:
        end_machine(core, machine.ending)
    while True:
        newline = <const char *>memchr(outlet.input + outlet.input_taken + searched, c'\n',
                                       <size_t>(outlet.input_used - outlet.input_taken - searched))
        if newline != NULL or outlet.input_ended:
            break
        searched = outlet.input_used - outlet.input_taken
        fill(core)
    # A terminal has shown the user's own newline; elsewhere the prompt is still without one.
    if isatty(outlet.input_fd):
        outlet.inside_line = False
    text[0] = outlet.input + outlet.input_taken
    if newline != NULL:
        length = newline - text[0]
        outlet.input_taken += length + 1
    else:
        length = outlet.input_used - outlet.input_taken
        outlet.input_taken = outlet.input_used
        if length == 0:
            return -1
    if length > 0 and text[0][length - 1] == c'\r':
        length -= 1
    return length
