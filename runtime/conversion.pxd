# conversion: texts to numbers, reals to ints, rounding.
from libc.stdint cimport int64_t
from .eptrans_rt cimport ep_core, ep_value


# round(x): no digits asked for, and the result is an int.
cdef enum:
    NO_DIGITS = -0x80000000

cdef ep_value parse_int(ep_core *core, ep_value value) noexcept nogil
cdef ep_value parse_real(ep_core *core, ep_value value) noexcept nogil
cdef ep_value round_to(ep_core *core, ep_value value, int64_t digits) noexcept nogil
# A line of input as an int, a real or (not owned yet) none, where it looks like neither.
cdef ep_value number_by_look(ep_core *core, const char *text, int64_t bytes) noexcept nogil
