# elements: what a receiver does with elements of arrays and single values that it
# takes into one array, whatever messages they come in.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_elements
from .eptrans_rt cimport ep_array, ep_value


cdef ep_array *store_elements(ep_core_record *core, ep_array *result, int64_t filled, int64_t wanted,
                              const ep_elements *elements, int64_t count, uint32_t origin) noexcept nogil
cdef ep_array *store_value(ep_core_record *core, ep_array *result, int64_t filled, int64_t wanted,
                           ep_value value) noexcept nogil
