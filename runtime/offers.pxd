# offers: messages whose sender has to wait until they are taken. It offers them in
# its record and parks: mesh.pxd tells how the two sides meet.
#
# `send` of mesh.pyx ends in `send_slowly` where its receiver does not wait for it. A
# function of another module is called through a pointer, so that the C compiler keeps
# it apart: what is most frequent then needs no registers for what is not.
from libc.stdint cimport int64_t
from .core_record cimport ep_core_record, ep_elements
from .eptrans_rt cimport ep_array, ep_runtime, ep_value


cdef void offers_fill_entries(ep_runtime *runtime) noexcept nogil
cdef void send_slowly(ep_core_record *core, ep_value value, int64_t to) noexcept nogil
cdef void send_reference(ep_core_record *core, ep_core_record *receiver, ep_array *array) noexcept nogil
cdef void check_sendable(ep_core_record *core, ep_value value) noexcept nogil
cdef void check_count(ep_core_record *core, int64_t count, const char *operation) noexcept nogil
cdef ep_value elements_value(ep_core_record *core, ep_elements *elements, const ep_array *array, int64_t count,
                             const char *operation) noexcept nogil
