# mesh: where cores sit, how long a message takes, and messages between two
# cores.
#
# A channel from one core to another is a stream of values. Its head is the
# message of a nonblocking send that nobody has taken, if there is one, else what
# the sender offers in its record while it waits. Sender and receiver meet in
# their records: whichever comes second sets both clocks. A value that lies in a
# core's memory (a string, an array, elements) is copied by its receiver, on the
# receiver's own fiber, so that it is the receiver's memory and clock that count.
#
# Times, in ticks: a message is posted `send_startup` after the sender's clock, more
# than 8 bytes after the sender has written them or told its DMA engine to; it
# arrives when the network has carried it (links.pxd); it is taken at its arrival or
# `receive` after the receiver's clock, whichever is later; and its sender goes on
# when word of that has come back. Where links are taken, whoever posts a message or
# the word back waits for its turn first, so that a value is never put into the
# record of a core that waits: it takes it itself.
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from .contention cimport hold_in_turn, take_watched
from .core_record cimport (
    EP_AT_ONCE, EP_EXCHANGES, EP_RECEIVES, EP_RUNS, EP_SENDS, EP_WATCHED, ep_core_record, ep_machine,
)
from .eptrans_rt cimport EP_ARRAY, EP_STRING, EP_UNSET, ep_array, ep_runtime, ep_value
from .faults cimport index_of
from .flight cimport is_scalar
from .ways cimport watch_word
from .scheduler cimport make_ready, make_ready_at, park, park_within


cdef void mesh_fill_entries(ep_runtime *runtime) noexcept nogil
cdef int64_t post_much(ep_core_record *core, ep_core_record *receiver, int64_t bytes) noexcept nogil
cdef int64_t post_held(ep_core_record *core, ep_core_record *receiver, int64_t bytes) noexcept nogil
cdef int64_t counted_bytes(ep_core_record *core, ep_value value) noexcept nogil
cdef ep_array *take_reference(ep_core_record *core, ep_core_record *sender) noexcept nogil
cdef void await_value(ep_core_record *core, ep_core_record *sender, ep_value *value) noexcept nogil
cdef ep_array *await_elements(ep_core_record *core, ep_core_record *sender, int64_t wanted) noexcept nogil


cdef inline int64_t value_bytes(ep_core_record *core, ep_value value) noexcept nogil:
    """Bytes of a value on the mesh."""
    return 8 if is_scalar(value) else counted_bytes(core, value)


cdef inline int64_t later(int64_t one, int64_t other) noexcept nogil:
    return one if one > other else other


cdef inline int64_t latency(const ep_core_record *sender, const ep_core_record *receiver) noexcept nogil:
    """Ticks that a message of at most 8 bytes is under way if it need not wait for a link."""
    cdef int32_t rows = sender.row_at - receiver.row_at
    cdef int32_t columns = sender.column_at - receiver.column_at
    return sender.machine.network.startup + <uint32_t>((rows if rows >= 0 else -rows)
                                                       + (columns if columns >= 0 else -columns))


cdef inline int64_t arrival_at(ep_core_record *runs, ep_core_record *core, ep_core_record *to, int64_t posted,
                               bint watched) noexcept nogil:
    """When 8 bytes arrive that leave a core for another at `posted` and wait for no link.

    `watched`: if they might have to, the machine ends here, in the core that `runs`.
    """
    return watch_word(runs, core, to, posted) if watched else posted + latency(core, to)


cdef inline int64_t post(ep_core_record *core, ep_core_record *receiver, int64_t bytes) noexcept nogil:
    """Puts a message on its way now and tells when it arrives. Where links are taken others may run meanwhile."""
    if bytes > 8:
        return post_much(core, receiver, bytes)
    if not core.machine.direct:
        return post_held(core, receiver, bytes)
    return core.base.clock + latency(core, receiver) + core.held


cdef inline int64_t answer(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Tells a sender that its message is taken now, and when it knows. As for `post`, others may run."""
    cdef int64_t known = core.base.clock + latency(core, sender)
    cdef int64_t held
    if not core.machine.direct:
        held = hold_in_turn(core, sender, 8)
        known += held
        if sender.send_peer == core.index:
            sender.held += held
    return known


cdef inline int64_t take_at(const ep_machine *machine, ep_core_record *core, int64_t arrival) noexcept nogil:
    """Sets the receiver's clock to the time at which it takes a message, and returns it."""
    cdef int64_t ready = core.base.clock + machine.costs.receive
    cdef int64_t taken = later(ready, arrival)
    core.base.clock = taken
    core.waited += taken - ready
    return taken


cdef inline void blame_links(ep_core_record *core, int64_t wait, int64_t held) noexcept nogil:
    """A core has waited for a message; the links made it wait for `held` of that."""
    if wait > 0:
        core.waited_link += wait if wait < held else held


cdef inline void take_posted(ep_core_record *core, int64_t arrival, int64_t held) noexcept nogil:
    """Takes a message that somebody posted. `held`: ticks for which it waited for links."""
    cdef int64_t before = core.waited
    take_at(core.machine, core, arrival)
    if held:
        blame_links(core, core.waited - before, held)


cdef inline void wait_until(ep_core_record *core, int64_t time) noexcept nogil:
    """The core goes on at that time, if that is not past for it."""
    cdef int64_t wait = later(time - core.base.clock, 0)
    core.base.clock += wait
    core.waited += wait


cdef inline void finish_send(ep_core_record *sender, int64_t time) noexcept nogil:
    """What the sender had posted is taken; `time`: when it knows."""
    sender.send_peer = -1
    sender.sent_at = time
    if sender.wait == EP_SENDS:
        if sender.held:
            blame_links(sender, time - sender.base.clock, sender.held)
        wait_until(sender, time)
        make_ready(sender)
    elif sender.wait == EP_EXCHANGES:
        sender.wait = EP_RECEIVES


# ---- meetings -----------------------------------------------------------------------------------------

cdef inline int64_t deliver(ep_core_record *core, ep_core_record *receiver, int32_t index, ep_value value,
                            int64_t posted, bint watched) noexcept nogil:
    """Puts a scalar into the record of a core that waits for one; when the sender knows of it.

    `index`: the receiver's; `watched`: see `arrival_at`.
    """
    cdef ep_machine *machine = core.machine
    cdef int64_t way, taken, known
    value.origin = core.base.frame[0]
    receiver.given = value
    receiver.receive_peer = -1
    if watched:
        taken = take_at(machine, receiver, arrival_at(core, core, receiver, posted, True))
        known = arrival_at(core, receiver, core, taken, True)
    else:
        way = latency(core, receiver)
        known = take_at(machine, receiver, posted + way) + way
    if receiver.wait == EP_EXCHANGES:
        receiver.wait = EP_SENDS
    else:
        make_ready_at(receiver, index)
    return known


cdef inline void send_at_once(ep_core_record *core, ep_core_record *receiver, int32_t index, ep_value value,
                              bint watched) noexcept nogil:
    """`send` of a scalar to a core that waits for one, where nobody waits for a link."""
    cdef int64_t posted = core.base.clock + core.machine.costs.send_startup
    core.sent += 1
    core.base.clock = deliver(core, receiver, index, value, posted, watched)
    core.waited += core.base.clock - posted


cdef inline bint takes_one(ep_core_record *receiver, ep_core_record *sender, bint watched) noexcept nogil:
    return receiver.receive_peer == sender.index and receiver.single == (EP_WATCHED if watched else EP_AT_ONCE)


cdef inline void call_receiver(ep_core_record *receiver, ep_core_record *sender) noexcept nogil:
    """If the receiver waits for this sender, lets it go on, so that it looks at the channel again."""
    if receiver.receive_peer == sender.index:
        receiver.receive_peer = -1
        make_ready(receiver)


cdef inline void offer(ep_core_record *core, ep_core_record *receiver, ep_value value, int64_t bytes,
                       bint watched) noexcept nogil:
    """Posts a message now: it stands in the record until `finish_send`. `watched`: see `arrival_at`; 8 bytes."""
    value.origin = core.base.frame[0]
    if watched:
        core.held = 0
        core.sent_at = arrival_at(core, core, receiver, core.base.clock, True)
    else:
        core.sent_at = post(core, receiver, bytes)
    core.out = value
    core.send_peer = <int16_t>receiver.index
    call_receiver(receiver, core)


cdef inline ep_value take_scalar(ep_core_record *core, ep_core_record *sender, bint watched) noexcept nogil:
    """`take_value` of a scalar that is offered, where nobody waits for a link. `watched`: see `arrival_at`."""
    cdef ep_value value = sender.out
    finish_send(sender, arrival_at(core, core, sender, take_at(core.machine, core, sender.sent_at), watched))
    return value


cdef inline void await_meeting(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Parks until the sender has put a value into `given`, or else has offered something."""
    core.given.tag = EP_UNSET
    core.single = <unsigned char>core.machine.single
    core.receive_peer = sender.index
    core.wait = EP_EXCHANGES if core.send_peer >= 0 else EP_RECEIVES
    park_within(core)


cdef inline ep_value receive_one(ep_core_record *core, int64_t origin, bint watched) noexcept nogil:
    """The two most frequent meetings of `recv`: a scalar that comes while we wait, and one that is offered.

    Unset: it is neither, or links are taken otherwise than `watched` tells, and `recv_rest` has to go on.

    To park is the last act here, so that the program itself is what goes on with the value. Values are
    copied by halves, in registers: a copy through memory at once would have to wait for the halves that
    were just stored.
    """
    cdef int32_t index = index_of(core.machine, origin)
    cdef ep_core_record *sender = core.machine.cores + index
    core.given.tag = EP_UNSET
    if index < 0 or index == core.index:
        return core.given
    core.received += 1
    if sender.posted == 0:
        if sender.send_peer != core.index:
            core.single = <unsigned char>core.machine.single
            core.receive_peer = index
            core.wait = EP_RECEIVES
            return park(core)
        if is_scalar(sender.out) and core.machine.single == <int32_t>(EP_WATCHED if watched else EP_AT_ONCE):
            return take_watched(core, sender) if watched else take_scalar(core, sender, False)
    return core.given
