# text: values as `print` and str() write them, into a buffer that grows.
#
# A short text stays on the stack of its fiber; a longer one goes to a block of
# the C library's, noted in the core's memory so that it is given back even if
# the program ends while it is in use. A core has one buffer open at a time.
from libc.stdint cimport int32_t, int64_t
from .eptrans_rt cimport ep_array, ep_core, ep_string, ep_value


cdef enum:
    TEXT_START = 256  # bytes on the stack


cdef struct text_buffer:
    ep_core *core
    char *data
    int64_t length
    int64_t capacity
    char start[TEXT_START]


cdef void text_open(text_buffer *text, ep_core *core) noexcept nogil
cdef void text_close(text_buffer *text) noexcept nogil
# Room for so many more bytes: where they are to be written. The caller adds to `length`.
cdef char *text_room(text_buffer *text, int64_t bytes) noexcept nogil
cdef void text_add(text_buffer *text, const char *bytes, int64_t count) noexcept nogil
cdef void text_add_int(text_buffer *text, int64_t number) noexcept nogil
cdef void text_add_real(text_buffer *text, double number) noexcept nogil
# Any value as `print` writes it.
cdef void text_add_value(text_buffer *text, ep_value value) noexcept nogil
# How many characters UTF-8 text has.
cdef int64_t count_characters(const char *bytes, int64_t count) noexcept nogil
# The buffer as a string of the core, owned; the buffer is closed.
cdef ep_string *text_to_string(text_buffer *text) noexcept nogil
