# trace_text: events as lines of Chrome's trace format, on their way to a file.
#
# Written by hand, since a run may have tens of millions: text goes to a buffer
# and from there to a file descriptor, a file's or that of a pipe whose other end
# compresses. Nothing here knows of cores: who calls gives process, track and
# nanoseconds. Times are whole nanoseconds, because viewers keep no finer ones,
# and start and end are cut alike, so that slices that nest in cycles still do.
from libc.stdint cimport int32_t, int64_t, uint32_t


cdef struct trace_sink:
    int fd
    int error               # errno of the write that failed; nothing is written after it
    const uint32_t *interrupted     # Ctrl-C: no write is waited for
    char *buffer
    int64_t used
    int64_t held            # events in the buffer
    int64_t written         # events that reached the file
    int64_t lost            # events that did not
    int64_t bytes           # written
    int64_t flows           # the last flow's number
    char **names            # by number, as in JSON, with the quotes
    char **places           # by site, the same: "prog.py:7"; empty for none


# A stretch of a track. `waited`: cycles of it spent waiting, below 0: not said. `peer`: a core's number,
# below 0: none.
cdef struct trace_slice:
    int32_t process
    int32_t track
    int64_t start           # nanoseconds
    int64_t end
    int32_t name
    uint32_t site
    const char *category
    double cycles
    double waited
    int32_t peer


cdef bint trace_open(trace_sink *sink) noexcept nogil
cdef void trace_close(trace_sink *sink) noexcept nogil
cdef void trace_put_slice(trace_sink *sink, const trace_slice *one) noexcept nogil
cdef void trace_put_flow(trace_sink *sink, bint ends, int64_t number, int32_t process, int32_t track,
                         int64_t time) noexcept nogil
cdef void trace_put_counter(trace_sink *sink, int32_t process, int64_t time, const double *values) noexcept nogil
cdef void trace_write(trace_sink *sink) noexcept nogil
