# arrays: the operations on whole arrays (the table's entries from grow_list to
# odd_sort), and what arithmetic on kinds not known before needs of them.
from libc.stdint cimport int32_t, int64_t
from .eptrans_rt cimport ep_array, ep_core, ep_runtime, ep_value


cdef void arrays_fill_entries(ep_runtime *runtime) noexcept nogil

# One element as a value. The index must be in range.
cdef ep_value array_element(ep_core *core, const ep_array *array, int64_t index) noexcept nogil
# [..] * n; elementwise equality.
cdef ep_array *array_repeat(ep_core *core, const ep_array *array, int64_t times) noexcept nogil
cdef bint arrays_equal(ep_core *core, const ep_array *left, const ep_array *right) noexcept nogil
