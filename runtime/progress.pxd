# progress: one line that tells how far a run is, for a user who waits.
#
# It is drawn at the machine's ticks, by the thread that also writes the output
# (it holds the machine's lock), and erased before each line of output, so that the two never mix.
from .core_record cimport ep_machine


cdef object progress_create(ep_machine *machine, int fd, int columns, double clock_hz)
cdef void progress_destroy(ep_machine *machine) noexcept nogil
cdef void progress_tick(ep_machine *machine) noexcept nogil
cdef void progress_erase(ep_machine *machine) noexcept nogil
cdef void progress_end(ep_machine *machine) noexcept nogil
