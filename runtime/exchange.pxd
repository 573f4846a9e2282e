# exchange: `sendrecv`, a send and a receive at once. The send half is posted first, the
# receive half goes on at once, and the core goes on when both are done: see mesh.pxd
# for how each half meets its other side, which may be either half of a sendrecv, a
# send or a recv.
from .eptrans_rt cimport ep_runtime


cdef void exchange_fill_entries(ep_runtime *runtime) noexcept nogil
