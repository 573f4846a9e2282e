# formatting: a value by a format specification of an f-string.
from .eptrans_rt cimport ep_core, ep_format, ep_string, ep_value


cdef ep_string *format_value(ep_core *core, ep_value value, const ep_format *format) noexcept nogil
