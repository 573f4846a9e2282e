# mesh: see mesh.pxd for how messages work and how they are timed.
#
# Here stands what a receiver does, `take_value` and `await_elements`, and `send`
# where the receiver waits already. What a sender does that has to wait is told in
# offers.pyx, both at once in exchange.pyx; all are made of what meetings are made of
# in mesh.pxd and of `park`. Whichever side comes second sets both clocks and counts
# both waits, so that a core that goes on after `send` or `recv` has nothing left to
# do there.
from libc.stdio cimport snprintf
from .contention cimport accept_in_turn
from .core_record cimport (
    EP_ACCESSES, EP_ELEMENTS, EP_REFERENCE, EP_WAITS_SENT, ep_elements, ep_network, ep_record,
)
from .elements cimport store_elements, store_value
from .eptrans_rt cimport EP_INT, EP_LIST, EP_REAL, EP_UNSET, ep_array, ep_core
from .faults cimport PLACE_ROOM, TEXT_ROOM, fault, index_of, kind_name, peer_of, place_text
from .flight cimport carry, drop_carried, flight, flight_add, flight_find, is_scalar
from .links cimport place_of, transfer, worst_side, write_transfer
from .memory cimport copy_value_into
from .offers cimport check_count, check_sendable, send_slowly
from .scheduler cimport park_within, wait_turn


# ---- time ---------------------------------------------------------------------------------------

cdef int64_t post_much(ep_core_record *core, ep_core_record *receiver, int64_t bytes) noexcept nogil:
    """`post` of more than 8 bytes."""
    cdef ep_network *network = &core.machine.network
    cdef transfer more = write_transfer(network, worst_side(network, place_of(core), place_of(receiver)), bytes)
    core.base.clock += more.work
    core.held = 0
    if not core.machine.direct:
        core.held = hold_in_turn(core, receiver, bytes)
    return leaves(core, receiver, core.base.clock + latency(core, receiver) + more.rest + core.held)


cdef int64_t post_held(ep_core_record *core, ep_core_record *receiver, int64_t bytes) noexcept nogil:
    """`post` of at most 8 bytes where links are taken."""
    if bytes == 8 and not core.machine.ordered:
        core.held = 0
        return arrival_at(core, core, receiver, core.base.clock, True)
    core.held = hold_in_turn(core, receiver, bytes)
    return leaves(core, receiver, core.base.clock + latency(core, receiver) + core.held)


cdef inline int64_t leaves(ep_core_record *core, ep_core_record *receiver, int64_t arrival) noexcept nogil:
    """Tells the recorder of a message whose times it does not know by itself. Gives the arrival back."""
    if core.machine.recorder != NULL:
        core.machine.services.message_leaves(core, receiver, core.base.clock, arrival)
    return arrival


cdef int64_t counted_bytes(ep_core_record *core, ep_value value) noexcept nogil:
    """`value_bytes` of what lies in a core's memory."""
    if value.tag == EP_STRING:
        return value.payload.string.bytes
    if value.tag == EP_ARRAY:
        return value.payload.array.length * (core.machine.program.word // 8)
    return 8


# ---- the receiver's side ----------------------------------------------------------------------------

cdef inline flight *flight_to(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """The message of a nonblocking send that lies ready for this core, or NULL."""
    cdef flight *one
    if sender.posted == 0:
        return NULL
    one = flight_find(core.machine, sender.index, core.index)
    if one == NULL or one.taken:
        return NULL
    return one


cdef void finish_flight(ep_core_record *core, ep_core_record *sender, flight *one,
                        int64_t known) noexcept nogil:
    """`known`: when its sender knows that it was taken."""
    one.taken = True
    one.taken_at = known
    sender.posted -= 1
    if sender.wait == EP_WAITS_SENT and sender.peer == core.index:
        wait_until(sender, one.taken_at)
        make_ready(sender)


cdef ep_value first_element(ep_core_record *core, ep_elements *elements) noexcept nogil:
    """Takes one element off a message of elements."""
    cdef ep_value value
    cdef int64_t word = core.machine.program.word // 8
    value.tag = elements.kind
    if word == 8:
        value.payload.integer = (<const int64_t *>elements.data)[0]  # a double's bits too
    elif elements.kind == EP_REAL:
        value.payload.real = (<const float *>elements.data)[0]
    else:
        value.payload.integer = (<const int32_t *>elements.data)[0]
    elements.data += word
    elements.remaining -= 1
    return value


cdef bint take_value(ep_core_record *core, ep_core_record *sender, ep_value *value) noexcept nogil:
    """Takes one value off the channel, into the core's memory. False: there is none yet."""
    cdef flight *one = flight_to(core, sender)
    cdef ep_elements *elements
    cdef int64_t known
    if one != NULL:
        take_posted(core, one.arrival, one.held)
        known = answer(core, sender)
        if is_scalar(one.value):
            value[0] = one.value
        else:
            value[0] = copy_value_into(&core.base, one.value)
            drop_carried(core.machine, one.value)
        finish_flight(core, sender, one, known)
        return True
    if sender.send_peer != core.index:
        return False
    if sender.out.tag == EP_REFERENCE:
        fault_reference(core, sender)
    take_posted(core, sender.sent_at, sender.held)
    if sender.out.tag == EP_ELEMENTS:
        elements = <ep_elements *>sender.out.payload.array
        value[0] = first_element(core, elements)
        value.origin = sender.out.origin
        if elements.remaining > 0:
            return True
    known = answer(core, sender)
    if sender.out.tag == EP_ELEMENTS:
        pass  # taken above
    elif is_scalar(sender.out):
        value[0] = sender.out
    else:
        value[0] = copy_value_into(&core.base, sender.out)
    finish_send(sender, known)
    return True


cdef void fault_reference(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Something else than access meets an array that is exposed, when that has arrived."""
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    take_posted(core, sender.sent_at, sender.held)
    place_text(core.machine, sender.out.origin, place, PLACE_ROOM)
    snprintf(text, TEXT_ROOM, b"core %d exposes an array at %s: take it with access(%d)", sender.base.id, place,
             sender.base.id)
    fault(&core.base, text)


cdef void await_value(ep_core_record *core, ep_core_record *sender, ep_value *value) noexcept nogil:
    """Takes one value off the channel, waiting for it."""
    if core.machine.ordered and sender.send_peer == core.index and sender.posted == 0 and is_scalar(sender.out):
        value[0] = accept_in_turn(core, sender)
        return
    while not take_value(core, sender, value):
        await_meeting(core, sender)
        if core.given.tag != EP_UNSET:
            value[0] = core.given
            return


# ---- elements -----------------------------------------------------------------------------------------

cdef inline void piece_taken(ep_core_record *core, ep_core_record *sender, int64_t before) noexcept nogil:
    """For the record: one message of several is taken; `before`: for how long the core had waited until then."""
    if core.machine.recorder != NULL and core.waited > before:
        core.machine.services.message_awaited(core, sender, core.waited - before)


cdef ep_array *await_elements(ep_core_record *core, ep_core_record *sender, int64_t wanted) noexcept nogil:
    """Takes elements off the channel until there are enough, whatever messages they come in."""
    cdef ep_array *result = NULL
    cdef ep_elements *elements
    cdef ep_value value
    cdef int64_t filled = 0
    cdef int64_t before
    cdef int64_t count
    cdef int64_t known
    if wanted == 0:
        return core.machine.runtime.new_array(&core.base, EP_INT, 1, &wanted, EP_LIST)
    while filled < wanted:
        before = core.waited
        if (flight_to(core, sender) == NULL and sender.send_peer == core.index
                and sender.out.tag == EP_ELEMENTS):
            elements = <ep_elements *>sender.out.payload.array
            take_posted(core, sender.sent_at, sender.held)
            piece_taken(core, sender, before)
            count = elements.remaining if elements.remaining < wanted - filled else wanted - filled
            known = answer(core, sender) if count == elements.remaining else 0
            result = store_elements(core, result, filled, wanted, elements, count, sender.out.origin)
            filled += count
            elements.data += count * (core.machine.program.word // 8)
            elements.remaining -= count
            if elements.remaining == 0:
                finish_send(sender, known)
        elif take_value(core, sender, &value):
            piece_taken(core, sender, before)
            result = store_value(core, result, filled, wanted, value)
            filled += 1
        else:
            core.single = False
            core.receive_peer = sender.index
            core.wait = EP_EXCHANGES if core.send_peer >= 0 else EP_RECEIVES
            park_within(core)
    return result


# ---- references ---------------------------------------------------------------------------------------

cdef void fault_no_reference(ep_core_record *core, ep_core_record *sender, ep_value value) noexcept nogil:
    """access meets something else than an array that is exposed."""
    cdef char text[TEXT_ROOM]
    cdef char place[PLACE_ROOM]
    cdef const char *what = b"a part of an array"
    if value.tag != EP_ELEMENTS:
        what = kind_name(value)
    place_text(core.machine, value.origin, place, PLACE_ROOM)
    snprintf(text, TEXT_ROOM, b"access takes what core %d exposes, but %s was sent at %s", sender.base.id, what,
             place)
    fault(&core.base, text)


cdef ep_array *take_reference(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Takes the reference that comes next on the channel, waiting for it."""
    cdef ep_array *array
    cdef flight *one
    core.received += 1
    while sender.send_peer != core.index or sender.posted > 0:
        one = flight_to(core, sender)
        if one != NULL:
            take_posted(core, one.arrival, one.held)
            fault_no_reference(core, sender, one.value)
        if sender.send_peer == core.index:
            break
        core.single = False
        core.given.tag = EP_UNSET
        core.receive_peer = sender.index
        core.wait = EP_ACCESSES
        park_within(core)
    take_posted(core, sender.sent_at, sender.held)
    if sender.out.tag != EP_REFERENCE:
        fault_no_reference(core, sender, sender.out)
    array = sender.out.payload.array
    finish_send(sender, answer(core, sender))
    return array


# ---- entries ------------------------------------------------------------------------------------------

cdef void send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    """The most frequent meeting: a scalar for a core that waits for one.

    All else ends in `park` too, in a function of its own. A core that sends to itself does not wait for
    itself.
    """
    cdef ep_core_record *core = ep_record(base)
    cdef int32_t index = index_of(core.machine, to)
    cdef ep_core_record *receiver = core.machine.cores + index
    if index < 0 or not takes_one(receiver, core, False) or not is_scalar(value):
        send_slowly(core, value, to)
        return
    send_at_once(core, receiver, index, value, False)


cdef ep_value recv_rest(ep_core *base, int64_t origin) noexcept nogil:
    """What `recv` leaves: a value that is copied here, or came otherwise than the sender waiting; a fault."""
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = core.machine.cores + peer_of(core, origin, b"recv from")
    cdef ep_value value
    await_value(core, sender, &value)
    return value


cdef ep_value recv(ep_core *base, int64_t origin) noexcept nogil:
    return receive_one(ep_record(base), origin, False)


cdef ep_array *recv_elements(ep_core *base, int64_t origin, int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = core.machine.cores + peer_of(core, origin, b"recv from")
    check_count(core, count, b"recv")
    core.received += count > 0
    return await_elements(core, sender, count)


cdef void await_flight(ep_core_record *core, flight *one, int32_t receiver, int32_t detail) noexcept nogil:
    """Waits until a nonblocking message is taken. `detail`: 1 if in a second nonblocking_send."""
    if not one.taken:
        core.peer = receiver
        core.detail = detail
        core.wait = EP_WAITS_SENT
        park_within(core)
    wait_until(core, one.taken_at)


cdef void nonblocking_send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = core.machine.cores + peer_of(core, to, b"nonblocking_send to")
    cdef flight *one = flight_find(core.machine, core.index, receiver.index)
    check_sendable(core, value)
    if one == NULL:
        one = flight_add(core, receiver.index)
    else:
        await_flight(core, one, receiver.index, 1)
    base.clock += core.machine.costs.send_startup
    core.sent += 1
    if takes_one(receiver, core, False) and is_scalar(value):
        one.taken_at = deliver(core, receiver, receiver.index, value, base.clock, False)
        return
    value.origin = base.frame[0]
    one.value = carry(core, value)
    one.arrival = post(core, receiver, value_bytes(core, value))
    one.held = core.held
    one.taken = False
    core.posted += 1
    call_receiver(receiver, core)


cdef int32_t test_sent(ep_core *base, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef int32_t receiver = peer_of(core, to, b"test_sent to")
    cdef flight *one
    base.clock += core.machine.costs.test
    wait_turn(core)
    one = flight_find(core.machine, core.index, receiver)
    return one == NULL or (one.taken and one.taken_at <= base.clock)


cdef void wait_sent(ep_core *base, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef int32_t receiver = peer_of(core, to, b"wait_sent to")
    cdef flight *one = flight_find(core.machine, core.index, receiver)
    base.clock += core.machine.costs.test
    if one != NULL:
        await_flight(core, one, receiver, 0)


cdef int32_t probe(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = core.machine.cores + peer_of(core, origin, b"probe of")
    cdef flight *one
    base.clock += core.machine.costs.probe
    wait_turn(core)
    one = flight_to(core, sender)
    if one != NULL:
        return one.arrival <= base.clock
    return sender.send_peer == core.index and sender.sent_at <= base.clock


cdef void mesh_fill_entries(ep_runtime *runtime) noexcept nogil:
    runtime.send = send
    runtime.recv = recv
    runtime.recv_rest = recv_rest
    runtime.recv_elements = recv_elements
    runtime.nonblocking_send = nonblocking_send
    runtime.test_sent = test_sent
    runtime.wait_sent = wait_sent
    runtime.probe = probe
