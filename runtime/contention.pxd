# contention: messages whose links are taken, in the order of device time (the mesh
# model `contention`).
#
# A message takes its links when its sender has the smallest clock of all that can
# run, and so does the word back when it is taken. Who waits for its message to be
# taken, or has taken one and tells its sender, has nothing to do meanwhile: it parks
# at once, and stands in the scheduler's heap with what is to be done in its turn
# (EP_POSTS and what follows). Whoever finds it to be the least there does that on its
# behalf (`take_turn`), so that a message costs no more switches between fibers than
# with the mesh model `ideal`. Where it is the core's turn already, nobody waits.
#
# Where links are only watched (links.pxd) nobody waits for its turn. A run comes to
# that at a time given (`watch_from`), in the turn of some core: what stands in the
# heap then is still done in its turn.
#
# What needs the receiver's own memory (strings, arrays, elements) is only posted
# here: mesh.pyx goes on with it, on the receiver's fiber.
from libc.stdint cimport int32_t, int64_t
from .core_record cimport ep_core_record
from .eptrans_rt cimport ep_value


cdef void send_in_turn(ep_core_record *core, ep_core_record *receiver, ep_value value,
                       int64_t bytes) noexcept nogil
cdef void send_to_waiting(ep_core_record *core, ep_core_record *receiver, ep_value value) noexcept nogil
cdef void exchange_in_turn(ep_core_record *core, ep_core_record *peer, ep_value value, int64_t bytes,
                           int32_t single) noexcept nogil
cdef ep_value accept_in_turn(ep_core_record *core, ep_core_record *sender) noexcept nogil
cdef void send_watched(ep_core_record *core, ep_core_record *receiver, ep_value value) noexcept nogil
cdef ep_value take_watched(ep_core_record *core, ep_core_record *sender) noexcept nogil
cdef int64_t hold_in_turn(ep_core_record *core, ep_core_record *to, int64_t bytes) noexcept nogil
cdef void begin_again(ep_core_record *core) noexcept nogil
cdef void watch_if_time(ep_core_record *core) noexcept nogil
cdef void take_turn(ep_core_record *core) noexcept nogil
