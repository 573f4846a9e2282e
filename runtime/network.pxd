# network: the mesh of a chip made from its options, for the machine and, alone,
# for those who study it.
from libc.stdint cimport int32_t
from .core_record cimport ep_network

cdef object link_loads(ep_network *network, int32_t rows, int32_t columns)
cdef object network_create(ep_network *network, object options)
cdef void network_destroy(ep_network *network) noexcept nogil
