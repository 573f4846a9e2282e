# values: the entries on values of any kind: text joined, printed and read,
# strings by characters. The operators are in `arithmetic` and `comparison`,
# numbers from texts in `conversion`, f-strings in `formatting`.
from libc.stdint cimport int32_t
from .eptrans_rt cimport ep_core, ep_runtime, ep_string, ep_value


# Puts all entries of the table's "values" section, and those on arrays, into it.
cdef void values_fill_entries(ep_runtime *runtime) noexcept nogil
