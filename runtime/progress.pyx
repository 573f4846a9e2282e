# progress: see progress.pxd.
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from posix.unistd cimport write
from .core_record cimport ep_core_record, ep_progress
from .eptrans_rt cimport EP_TICKS_PER_CYCLE
from .output cimport outlet_of
from .sharing cimport is_computing

from eptrans.machine import MachineError

cdef enum:
    LINE_ROOM = 128
    ERASE_BYTES = 4             # "\r\x1b[K": to the line's start, and clear it
    INTERVAL = 200000000        # nanoseconds between two lines
    FIRST_AFTER = 500000000     # a short run shows none


# `struct ep_progress` of core_record.h.
cdef struct progress:
    int fd
    bint shown
    int32_t columns         # of the terminal
    double clock_hz
    int64_t next_at         # nanoseconds of the host's clock
    int64_t counted_at
    int64_t counted         # messages by then
    int64_t latest          # ticks: the device's time


cdef int64_t host_time() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1000000000 + now.tv_nsec


cdef object progress_create(ep_machine *machine, int fd, int columns, double clock_hz):
    """A progress line on a terminal of so many columns. Raises MachineError."""
    cdef progress *line = <progress *>calloc(1, sizeof(progress))
    if line == NULL:
        raise MachineError("there is not enough memory on this computer for the run")
    line.fd = fd
    line.columns = columns
    line.clock_hz = clock_hz
    line.counted_at = host_time()
    line.next_at = line.counted_at + FIRST_AFTER
    machine.progress = <ep_progress *>line


cdef void progress_destroy(ep_machine *machine) noexcept nogil:
    free(machine.progress)
    machine.progress = NULL


cdef void draw(progress *line, const char *text, int32_t bytes) noexcept nogil:
    """Nobody needs the line: if it cannot be written, there are no more."""
    if write(line.fd, text, <size_t>bytes) < 0:
        line.next_at = -1


cdef void progress_erase(ep_machine *machine) noexcept nogil:
    cdef progress *line = <progress *>machine.progress
    if line == NULL or not line.shown:
        return
    line.shown = False
    draw(line, b"\r\x1b[K", ERASE_BYTES)


cdef void progress_end(ep_machine *machine) noexcept nogil:
    """The run is over: no more lines."""
    progress_erase(machine)
    if machine.progress != NULL:
        (<progress *>machine.progress).next_at = -1


cdef int32_t time_text(double seconds, char *text, size_t room) noexcept nogil:
    if seconds >= 1:
        return snprintf(text, room, b"%.3f s", seconds)
    return snprintf(text, room, b"%.3f ms", seconds * 1e3)


cdef void progress_tick(ep_machine *machine) noexcept nogil:
    """Draws the line if it is time to and no part of a line of output stands there.

    A core that another host thread runs at this moment has no clock that could be read: those that are in an
    entry or wait tell how far the device is.
    """
    cdef progress *line = <progress *>machine.progress
    cdef int64_t now
    cdef int64_t messages = 0
    cdef const ep_core_record *core
    cdef int32_t index
    cdef int32_t bytes
    cdef char text[LINE_ROOM]
    cdef char time[32]
    if line == NULL or line.next_at < 0:
        return
    now = host_time()
    if now < line.next_at or outlet_of(machine).inside_line:
        return
    for index in range(machine.count):
        core = machine.cores + index
        messages += core.received
        if not is_computing(core) and core.base.clock > line.latest:
            line.latest = core.base.clock
    time_text(line.latest / (EP_TICKS_PER_CYCLE * line.clock_hz), time, 32)
    bytes = snprintf(text, LINE_ROOM, b"\r\x1b[K%s of the device, %d of %d cores running, %.3g messages/s", time,
                     machine.unfinished, machine.count, (messages - line.counted) * 1e9 / (now - line.counted_at))
    # A line that wraps could not be erased.
    draw(line, text, min(bytes, ERASE_BYTES + line.columns - 1, LINE_ROOM - 1))
    line.shown = True
    line.counted = messages
    line.counted_at = now
    if line.next_at > 0:
        line.next_at = now + INTERVAL
