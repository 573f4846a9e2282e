# offers: see offers.pxd.
from libc.stdio cimport snprintf
from .contention cimport send_in_turn, send_to_waiting
from .core_record cimport EP_ELEMENTS, EP_IN_TURN, EP_REFERENCE, EP_SENDS, ep_record
from .eptrans_rt cimport EP_ARRAY, EP_EXPOSED, EP_FREED, EP_LIST, EP_STRING, ep_core
from .faults cimport TEXT_ROOM, fault, peer_of
from .flight cimport is_scalar
from .memory cimport reading_value
from .mesh cimport offer, value_bytes
from .scheduler cimport park


# ---- what may be sent -------------------------------------------------------------------------------------

cdef void check_sendable(ep_core_record *core, ep_value value) noexcept nogil:
    """A fault for what `check_still` refuses; what lies in shared memory costs its reading."""
    if value.tag == EP_ARRAY:
        check_still(core, value.payload.array)
    if value.tag == EP_ARRAY or value.tag == EP_STRING:
        core.base.clock += reading_value(&core.base, value)


cdef inline void check_still(ep_core_record *core, const ep_array *array) noexcept nogil:
    """A fault for an array that was freed, or whose elements others may change while it is under way."""
    if array.flags & EP_FREED:
        fault(&core.base, b"the array was freed")
    if array.flags & EP_EXPOSED:
        fault(&core.base,
              b"an array that is exposed to other cores cannot be sent: send a copy, as in a[0:len(a)]")


cdef ep_value elements_value(ep_core_record *core, ep_elements *elements, const ep_array *array, int64_t count,
                             const char *operation) noexcept nogil:
    """The first elements of an array as what a record offers. `elements` must outlive the offer."""
    cdef ep_value value
    check_still(core, array)
    check_count(core, count, operation)
    if count > array.length:
        fault_too_few(core, array.length, count, operation)
    core.base.clock += count * array.read_price
    elements.data = <const char *>array.data
    elements.remaining = count
    elements.bytes = count * (core.machine.program.word // 8)
    elements.kind = array.kind
    elements.flags = array.flags & EP_LIST
    value.tag = EP_ELEMENTS
    value.payload.array = <ep_array *>elements
    return value


cdef void check_count(ep_core_record *core, int64_t count, const char *operation) noexcept nogil:
    cdef char text[TEXT_ROOM]
    if count < 0:
        snprintf(text, TEXT_ROOM, b"%s of %lld elements: the number cannot be negative", operation,
                 <long long>count)
        fault(&core.base, text)


cdef void fault_too_few(ep_core_record *core, int64_t length, int64_t count,
                        const char *operation) noexcept nogil:
    cdef char text[TEXT_ROOM]
    snprintf(text, TEXT_ROOM, b"%s of %lld elements: the array has %lld", operation, <long long>count,
             <long long>length)
    fault(&core.base, text)


# ---- sending and waiting -------------------------------------------------------------------------------------

cdef inline void offer_and_wait(ep_core_record *core, ep_core_record *receiver, ep_value value,
                                int64_t bytes) noexcept nogil:
    """Posts a message and waits until it is taken."""
    if core.machine.ordered:
        send_in_turn(core, receiver, value, bytes)
        return
    offer(core, receiver, value, bytes, False)
    core.wait = EP_SENDS
    park(core)


cdef void send_slowly(ep_core_record *core, ep_value value, int64_t to) noexcept nogil:
    """`send` of anything to a core that does not wait for it."""
    cdef ep_core_record *receiver = core.machine.cores + peer_of(core, to, b"send to")
    check_sendable(core, value)
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    if (core.machine.ordered and receiver.receive_peer == core.index and receiver.single == EP_IN_TURN
            and is_scalar(value)):
        send_to_waiting(core, receiver, value)
        return
    offer_and_wait(core, receiver, value, value_bytes(core, value))


cdef void send_elements(ep_core *base, const ep_array *array, int64_t to, int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = core.machine.cores + peer_of(core, to, b"send to")
    cdef ep_elements elements
    cdef ep_value value = elements_value(core, &elements, array, count, b"send")
    if count > 0:
        core.sent += 1
        base.clock += core.machine.costs.send_startup
        offer_and_wait(core, receiver, value, elements.bytes)


cdef void send_reference(ep_core_record *core, ep_core_record *receiver, ep_array *array) noexcept nogil:
    """Posts a reference to an array and waits until it is taken."""
    cdef ep_value value
    value.tag = EP_REFERENCE
    value.payload.array = array
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    offer_and_wait(core, receiver, value, 8)


cdef void offers_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.send_elements = send_elements
