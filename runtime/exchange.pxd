# exchange: `sendrecv`, a send and a receive at once. The send half is posted first, the
# receive half goes on at once, and the core goes on when both are done: see mesh.pxd
# for how each half meets its other side, which may be either half of a sendrecv, a
# send or a recv.
from libc.stdint cimport int32_t, int64_t
from .contention cimport exchange_in_turn
from .core_record cimport EP_SENDS, ep_core_record
from .eptrans_rt cimport EP_UNSET, ep_runtime, ep_value
from .flight cimport is_scalar
from .mesh cimport await_meeting, await_value, deliver, offer, take_scalar, takes_one, wait_until
from .scheduler cimport park_within


cdef void exchange_fill_entries(ep_runtime *runtime) noexcept nogil
cdef ep_value exchange_slowly(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil


cdef inline void begin_exchange(ep_core_record *core, ep_core_record *peer, ep_value value, int64_t bytes,
                                int32_t single, bint watched) noexcept nogil:
    """Posts the send half. The clock goes on to the receive half at once.

    `single`: whether one value is to be received, an ep_single. Where links are taken it may stand in `given` already.
    """
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    if core.machine.ordered:
        exchange_in_turn(core, peer, value, bytes, single)
    elif takes_one(peer, core, watched) and is_scalar(value):
        core.sent_at = deliver(core, peer, peer.index, value, core.base.clock, watched)
    else:
        offer(core, peer, value, bytes, watched)


cdef inline void end_exchange(ep_core_record *core) noexcept nogil:
    """Waits for the send half, after the receive half is done."""
    if core.send_peer >= 0:
        core.wait = EP_SENDS
        park_within(core)
    wait_until(core, core.sent_at)
    core.received += 1


cdef inline ep_value exchange_scalar(ep_core_record *core, ep_core_record *peer, ep_value value,
                                     bint watched) noexcept nogil:
    """`sendrecv` of a scalar, where nobody waits for a link: most often the peer offers one too."""
    cdef ep_value result
    begin_exchange(core, peer, value, 8, core.machine.single, watched)
    result.tag = EP_UNSET
    if peer.posted == 0:
        if peer.send_peer != core.index:
            await_meeting(core, peer)
            result = core.given
        elif is_scalar(peer.out):
            result = take_scalar(core, peer, watched)
    if result.tag == EP_UNSET:
        await_value(core, peer, &result)
    end_exchange(core)
    return result
