# exchange: see exchange.pxd.
from libc.stdint cimport int64_t
from .core_record cimport EP_NOT_SINGLE, ep_core_record, ep_elements, ep_record
from .eptrans_rt cimport EP_UNSET, ep_array, ep_core, ep_value
from .faults cimport peer_of
from .flight cimport is_scalar
from .mesh cimport await_elements, await_value, value_bytes
from .offers cimport check_sendable, elements_value


cdef ep_value exchange_slowly(ep_core_record *core, ep_core_record *peer, ep_value value) noexcept nogil:
    """`sendrecv` of anything."""
    cdef ep_value result
    cdef bint in_turn = core.machine.ordered
    check_sendable(core, value)
    begin_exchange(core, peer, value, value_bytes(core, value), core.machine.single, False)
    if not in_turn or core.given.tag == EP_UNSET:
        await_value(core, peer, &result)
    else:
        result = core.given
    end_exchange(core)
    return result


cdef ep_value sendrecv(ep_core *base, ep_value value, int64_t peer_number) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = core.machine.cores + peer_of(core, peer_number, b"sendrecv with")
    if is_scalar(value) and core.machine.direct:
        return exchange_scalar(core, peer, value, False)
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
    begin_exchange(core, peer, value, elements.bytes, EP_NOT_SINGLE, False)
    result = await_elements(core, peer, count)
    end_exchange(core)
    return result


cdef void exchange_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.sendrecv = sendrecv
    runtime.sendrecv_elements = sendrecv_elements
