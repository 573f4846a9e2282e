# watching: single values between two cores where links are only watched (links.pxd).
#
# Nearly all messages of a run with the mesh model `contention` come here, by a jump that
# is the last act of `send`, `recv` and `sendrecv`: what watching needs costs the mesh
# model `ideal` nothing.
from libc.stdint cimport int64_t
from .core_record cimport ep_core_record
from .eptrans_rt cimport ep_value


cdef void send_watched(ep_core_record *core, ep_value value, int64_t to,
                       ep_core_record *receiver) noexcept nogil
cdef ep_value take_watched(ep_core_record *core, ep_core_record *sender) noexcept nogil
cdef ep_value exchange_watched(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil
