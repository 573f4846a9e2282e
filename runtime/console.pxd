# console: the services of printing and reading lines, where a core may have to
# wait for its turn.
from libc.stdint cimport int64_t
from .eptrans_rt cimport ep_core


cdef void console_write(ep_core *core, const char *text, int64_t bytes) noexcept nogil
cdef int64_t console_read_line(ep_core *core, const char **text) noexcept nogil
