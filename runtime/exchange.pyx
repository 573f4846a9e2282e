# exchange: see exchange.pxd.
from libc.stdint cimport int32_t, int64_t
from .contention cimport exchange_in_turn
from .core_record cimport EP_NOT_SINGLE, EP_SENDS, ep_core_record, ep_elements, ep_record
from .eptrans_rt cimport EP_UNSET, ep_array, ep_core, ep_value
from .faults cimport peer_of
from .flight cimport is_scalar
from .mesh cimport (
    await_elements, await_meeting, await_value, deliver, offer, take_scalar, takes_one, value_bytes, wait_until,
)
from .offers cimport check_sendable, elements_value
from .scheduler cimport park_within


cdef inline void begin_exchange(ep_core_record *core, ep_core_record *peer, ep_value value, int64_t bytes,
                                int32_t single) noexcept nogil:
    """Posts the send half. The clock goes on to the receive half at once.

    `single`: whether one value is to be received, an ep_single. Where links are taken it may stand in `given` already.
    """
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    if not core.machine.direct:
        exchange_in_turn(core, peer, value, bytes, single)
    elif takes_one(peer, core) and is_scalar(value):
        core.sent_at = deliver(core, peer, peer.index, value, core.base.clock)
    else:
        offer(core, peer, value, bytes)


cdef inline void end_exchange(ep_core_record *core) noexcept nogil:
    """Waits for the send half, after the receive half is done."""
    if core.send_peer >= 0:
        core.wait = EP_SENDS
        park_within(core)
    wait_until(core, core.sent_at)
    core.received += 1


cdef inline ep_value exchange_scalar(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil:
    """`sendrecv` of a scalar, where no links are taken: most often the peer offers one too."""
    cdef ep_value result
    begin_exchange(core, peer, value, 8, core.machine.single)
    result.tag = EP_UNSET
    if peer.posted == 0:
        if peer.send_peer != core.index:
            await_meeting(core, peer)
            result = core.given
        elif is_scalar(peer.out):
            result = take_scalar(core, peer)
    if result.tag == EP_UNSET:
        await_value(core, peer, &result)
    end_exchange(core)
    return result


cdef ep_value exchange_slowly(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil:
    """`sendrecv` of anything."""
    cdef ep_value result
    check_sendable(core, value)
    begin_exchange(core, peer, value, value_bytes(core, value), core.machine.single)
    if core.machine.direct or core.given.tag == EP_UNSET:
        await_value(core, peer, &result)
    else:
        result = core.given
    end_exchange(core)
    return result


cdef ep_value sendrecv(ep_core *base, ep_value value, int64_t peer_number) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = core.machine.cores + peer_of(core, peer_number, b"sendrecv with")
    if is_scalar(value) and core.machine.direct:
        return exchange_scalar(core, peer, value)
    return exchange_slowly(core, peer, value)


cdef ep_array *sendrecv_elements(ep_core *base, const ep_array *array, int64_t peer_number,
                                 int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = core.machine.cores + peer_of(core, peer_number, b"sendrecv with")
    cdef ep_elements elements
    cdef ep_array *result
    cdef ep_value value = elements_value(core, &elements, array, count, b"sendrecv")
    if count == 0:
        return await_elements(core, peer, 0)
    begin_exchange(core, peer, value, elements.bytes, EP_NOT_SINGLE)
    result = await_elements(core, peer, count)
    end_exchange(core)
    return result


cdef void exchange_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.sendrecv = sendrecv
    runtime.sendrecv_elements = sendrecv_elements
