# watching: see watching.pxd.
from libc.stdint cimport int64_t
from .core_record cimport EP_SENDS, ep_core_record
from .eptrans_rt cimport ep_value
from .exchange cimport exchange_scalar
from .mesh cimport offer, send_at_once, take_scalar, takes_one
from .offers cimport send_slowly
from .scheduler cimport park


cdef void send_watched(ep_core_record *core, ep_value value, int64_t to,
                       ep_core_record *receiver) noexcept nogil:
    """`send` of a scalar. `to`: the receiver's number."""
    if takes_one(receiver, core, True):
        send_at_once(core, receiver, receiver.index, value, True)
        return
    if receiver == core:
        send_slowly(core, value, to)  # which is a fault
        return
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    offer(core, receiver, value, 8, True)
    core.wait = EP_SENDS
    park(core)


cdef ep_value take_watched(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """`take_scalar` where links are watched."""
    return take_scalar(core, sender, True)


cdef ep_value exchange_watched(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil:
    """`exchange_scalar` where links are watched."""
    return exchange_scalar(core, peer, value, True)
