# trace_text: see trace_text.pxd.
from libc.errno cimport EINTR, errno
from libc.stddef cimport size_t
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, strlen
from posix.unistd cimport write
from .host cimport ep_look

cdef enum:
    BUFFER_BYTES = 262144
    EVENT_ROOM = 2048       # the longest line, but for its names and places, which are cut
    TEXT_ROOM = 512         # bytes of a name or a place


cdef bint trace_open(trace_sink *sink) noexcept nogil:
    """Gets the buffer. False: no memory."""
    sink.buffer = <char *>malloc(BUFFER_BYTES)
    return sink.buffer != NULL


cdef void trace_close(trace_sink *sink) noexcept nogil:
    """Gives the buffer back; what it holds is gone."""
    free(sink.buffer)
    sink.buffer = NULL


cdef void part_written(trace_sink *sink, int64_t bytes) noexcept nogil:
    """Only so many bytes of the buffer reached the file: of what it holds the rest is lost, and so is the last
    event in the file, whole or not, since it makes room for the end (eptrans/trace.py)."""
    cdef int64_t kept = sink.written - 1
    cdef int64_t place
    for place in range(bytes):
        kept += sink.buffer[place] == c'\n'  # one at the start of each event
    if kept < 0:
        kept = 0
    sink.lost += sink.written + sink.held - kept
    sink.held = kept - sink.written


cdef void trace_write(trace_sink *sink) noexcept nogil:
    """Writes what the buffer holds. After a failure events are only counted."""
    cdef int64_t done = 0
    cdef ssize_t count
    if sink.error != 0:
        return
    while done < sink.used and sink.error == 0:
        count = write(sink.fd, sink.buffer + done, <size_t>(sink.used - done))
        if count >= 0:
            done += count
            sink.bytes += count
        elif errno != EINTR or ep_look(sink.interrupted):
            sink.error = errno
    if sink.error != 0:
        part_written(sink, done)
    sink.written += sink.held
    sink.used = 0
    sink.held = 0


# ---- pieces of text -------------------------------------------------------------------------------

cdef inline char *put_bytes(char *place, const char *text, size_t count) noexcept nogil:
    memcpy(place, text, count)
    return place + count


cdef inline char *put_text(char *place, const char *text) noexcept nogil:
    return put_bytes(place, text, strlen(text))


cdef inline char *put_name(char *place, const char *text) noexcept nogil:
    """A text of the program; a longer one than fits is left out whole, since a cut may split an escape."""
    cdef size_t count = strlen(text)
    return put_bytes(place, text, count) if count < TEXT_ROOM else put_text(place, b"\"...\"")


cdef inline char *put_number(char *place, int64_t number) noexcept nogil:
    cdef char digits[24]
    cdef int32_t count = 0
    cdef uint64_t rest = <uint64_t>number
    if number < 0:
        place[0] = c'-'
        place += 1
        rest = <uint64_t>(-number)
    while True:
        digits[count] = c'0' + <char>(rest % 10)
        rest //= 10
        count += 1
        if rest == 0:
            break
    while count > 0:
        count -= 1
        place[0] = digits[count]
        place += 1
    return place


cdef inline char *put_microseconds(char *place, int64_t nanoseconds) noexcept nogil:
    """Microseconds with three digits behind the point."""
    cdef int32_t rest = <int32_t>(nanoseconds % 1000)
    place = put_number(place, nanoseconds // 1000)
    if rest == 0:
        return place
    place[0] = c'.'
    place[1] = c'0' + <char>(rest // 100)
    place[2] = c'0' + <char>(rest // 10 % 10)
    place[3] = c'0' + <char>(rest % 10)
    return place + 4


cdef inline char *put_hundredths(char *place, double value) noexcept nogil:
    """A number that is not negative, to the nearest hundredth."""
    cdef int64_t hundredths = <int64_t>(value * 100 + 0.5)
    place = put_number(place, hundredths // 100)
    if hundredths % 100 == 0:
        return place
    place[0] = c'.'
    place[1] = c'0' + <char>(hundredths // 10 % 10)
    place[2] = c'0' + <char>(hundredths % 10)
    return place + 3


cdef inline char *put_head(char *place, const char *phase, int32_t process, int32_t track,
                           int64_t time) noexcept nogil:
    place = put_text(place, b",\n{\"ph\":\"")
    place[0] = phase[0]
    place = put_text(place + 1, b"\",\"pid\":")
    place = put_number(place, process)
    place = put_text(place, b",\"tid\":")
    place = put_number(place, track)
    place = put_text(place, b",\"ts\":")
    return put_microseconds(place, time)


cdef inline char *begin(trace_sink *sink) noexcept nogil:
    """Where the next event's text goes; NULL when nothing can be written any more."""
    if sink.used > BUFFER_BYTES - EVENT_ROOM:
        trace_write(sink)
    if sink.error != 0:
        sink.lost += 1
        return NULL
    return sink.buffer + sink.used


cdef inline void end(trace_sink *sink, const char *place) noexcept nogil:
    sink.used = place - sink.buffer
    sink.held += 1


# ---- events -----------------------------------------------------------------------------------------

cdef void trace_put_slice(trace_sink *sink, const trace_slice *one) noexcept nogil:
    """A complete slice."""
    cdef char *place = begin(sink)
    if place == NULL:
        return
    place = put_head(place, b"X", one.process, one.track, one.start)
    place = put_text(place, b",\"dur\":")
    place = put_microseconds(place, one.end - one.start)
    place = put_text(place, b",\"name\":")
    place = put_name(place, sink.names[one.name])
    place = put_text(place, b",\"cat\":\"")
    place = put_text(place, one.category)
    place = put_text(place, b"\",\"args\":{\"cycles\":")
    place = put_hundredths(place, one.cycles)
    if one.waited >= 0:
        place = put_text(place, b",\"waited\":")
        place = put_hundredths(place, one.waited)
    if one.peer >= 0:
        place = put_text(place, b",\"core\":")
        place = put_number(place, one.peer)
    if sink.places[one.site][0] != 0:
        place = put_text(place, b",\"at\":")
        place = put_name(place, sink.places[one.site])
    end(sink, put_text(place, b"}}"))


cdef void trace_put_flow(trace_sink *sink, bint ends, int64_t number, int32_t process, int32_t track,
                         int64_t time) noexcept nogil:
    """One end of an arrow."""
    cdef char *place = begin(sink)
    if place == NULL:
        return
    place = put_head(place, b"f" if ends else b"s", process, track, time)
    if ends:
        place = put_text(place, b",\"bp\":\"e\"")
    place = put_text(place, b",\"id\":")
    place = put_number(place, number)
    end(sink, put_text(place, b",\"name\":\"message\",\"cat\":\"message\"}"))


cdef void trace_put_counter(trace_sink *sink, int32_t process, int64_t time, const double *values) noexcept nogil:
    """What the links of a chip carry from a time on, in bytes a cycle, by direction."""
    cdef char *place = begin(sink)
    if place == NULL:
        return
    place = put_head(place, b"C", process, 0, time)
    place = put_text(place, b",\"name\":\"link load, bytes a cycle\",\"args\":{\"east\":")
    place = put_hundredths(place, values[0])
    place = put_text(place, b",\"west\":")
    place = put_hundredths(place, values[1])
    place = put_text(place, b",\"south\":")
    place = put_hundredths(place, values[2])
    place = put_text(place, b",\"north\":")
    place = put_hundredths(place, values[3])
    end(sink, put_text(place, b"}}"))
