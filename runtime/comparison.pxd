# comparison: order, equality, identity and truth of values of any kind.
from libc.stdint cimport int32_t
from .eptrans_rt cimport ep_core, ep_value


cdef int32_t compare(ep_core *core, int32_t operation, ep_value left, ep_value right) noexcept nogil
cdef int32_t identical(ep_core *core, ep_value left, ep_value right) noexcept nogil
cdef int32_t truth(ep_core *core, ep_value value) noexcept nogil
