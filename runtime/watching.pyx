# watching: see watching.pxd.
from libc.stdint cimport int32_t, int64_t
from .contention cimport send_watched
from .core_record cimport EP_WATCHED, ep_core_record, ep_record
from .eptrans_rt cimport ep_core, ep_value
from .exchange cimport exchange_scalar, exchange_slowly
from .faults cimport index_of, peer_of
from .flight cimport is_scalar
from .mesh cimport receive_one, send_at_once, takes_one
from .offers cimport send_slowly


cdef void send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef int32_t index = index_of(core.machine, to)
    cdef ep_core_record *receiver = core.machine.cores + index
    if index < 0 or not is_scalar(value):
        send_slowly(core, value, to)
    elif takes_one(receiver, core, True):
        send_at_once(core, receiver, index, value, True)
    elif core.machine.single == EP_WATCHED and receiver != core:
        send_watched(core, receiver, value)
    else:
        send_slowly(core, value, to)


cdef ep_value recv(ep_core *base, int64_t origin) noexcept nogil:
    return receive_one(ep_record(base), origin, True)


cdef ep_value sendrecv(ep_core *base, ep_value value, int64_t peer_number) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = core.machine.cores + peer_of(core, peer_number, b"sendrecv with")
    if is_scalar(value) and core.machine.single == EP_WATCHED:
        return exchange_scalar(core, peer, value, True)
    return exchange_slowly(core, peer, value)


cdef void watching_fill_entries(ep_runtime *watching, const ep_runtime *plain) noexcept nogil:
    """A table like the plain one but for the entries above."""
    watching[0] = plain[0]
    watching.send = send
    watching.recv = recv
    watching.sendrecv = sendrecv
