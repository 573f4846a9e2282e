# contention: see contention.pxd.
from libc.stdint cimport INT64_MAX, int16_t, int32_t, int64_t
from .core_record cimport (
    EP_ANSWERS, EP_BEGINS_AGAIN, EP_EXCHANGES, EP_GOES_ON, EP_IN_TURN, EP_NOT_SINGLE, EP_POSTS, EP_POSTS_EXCHANGE,
    EP_SENDS, EP_WATCHED, ep_machine, ep_network,
)
from .eptrans_rt cimport EP_UNSET
from .flight cimport is_scalar
from .links cimport (
    WRITES, place_of, take_route, take_word_route, transfer, worst_side, write_transfer,
)
from .mesh cimport blame_links, finish_send, latency, offer, take_posted, take_scalar, wait_until
from .scheduler cimport await_turn, end_machine, has_turn_at_once, make_ready, park, park_within, wait_turn
from .watched_links cimport watch_links
from .ways cimport walk_watched


cdef enum:
    LATER = 200     # ticks


cdef void begin_watching(ep_core_record *core) noexcept nogil:
    """From now on, which is the turn of this core, links are only watched.

    Not yet if a message is under way that had to wait: whether the links are to blame for the wait of a sendrecv
    depends on which of its halves is done first, and with it on the order that ends here.
    """
    cdef ep_machine *machine = core.machine
    cdef int32_t index
    for index in range(machine.count):
        if machine.cores[index].send_peer >= 0 and machine.cores[index].held:
            machine.watch_from = core.base.clock + LATER
            return
    machine.watch_from = INT64_MAX
    machine.ordered = 0
    machine.single = EP_WATCHED
    for index in range(machine.count):
        if machine.cores[index].single == EP_IN_TURN:
            machine.cores[index].single = EP_WATCHED
    watch_links(&machine.network, core.base.clock)


cdef inline void watch_if_time(ep_core_record *core) noexcept nogil:
    """In the turn of this core, where links are taken: lets them be watched if the time for that has come."""
    if core.base.clock >= core.machine.watch_from:
        begin_watching(core)


cdef inline int64_t watch(ep_core_record *core, ep_core_record *to, int64_t bytes) noexcept nogil:
    """Takes links that are watched; 0, since where somebody might have to wait the machine has to begin again."""
    cdef ep_network *network = &core.machine.network
    if bytes == 8:
        if walk_watched(core, to, core.base.clock) < 0:
            mistaken(core)
    elif take_route(network, WRITES, place_of(core), place_of(to), core.base.clock, bytes):
        mistaken(core)
    return 0


cdef void mistaken(ep_core_record *core) noexcept nogil:
    """A message that leaves a core now may have to wait for a link that is only watched: the machine begins again.

    It goes no further once the core that runs, which may be another one, calls `go_on` or parks.
    """
    core.machine.begins_again_at = core.base.clock
    core.machine.ending = EP_BEGINS_AGAIN


cdef void begin_again(ep_core_record *core) noexcept nogil:
    """`mistaken` of the core that runs. Does not return."""
    core.machine.begins_again_at = core.base.clock
    end_machine(core, EP_BEGINS_AGAIN)


cdef int64_t hold(ep_core_record *core, ep_core_record *to, int64_t bytes) noexcept nogil:
    """Takes the links to another core now, in its turn; for how long the message has to wait for them."""
    watch_if_time(core)
    if not core.machine.ordered:
        return watch(core, to, bytes)
    if bytes == 8:
        return take_word_route(core, to)
    return take_route(&core.machine.network, WRITES, place_of(core), place_of(to), core.base.clock, bytes)


cdef inline void go_on(ep_core_record *core) noexcept nogil:
    """The core that runs goes on, unless the machine has to begin again."""
    if core.machine.ending != EP_GOES_ON:
        end_machine(core, core.machine.ending)


cdef int64_t hold_in_turn(ep_core_record *core, ep_core_record *to, int64_t bytes) noexcept nogil:
    """`hold` for the core that runs: waits for its turn first where links are not only watched."""
    cdef int64_t held
    if core.machine.ordered:
        wait_turn(core)
    held = hold(core, to, bytes)
    go_on(core)
    return held


# ---- the word back --------------------------------------------------------------------------------------

cdef inline void tell_sender(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Sends the word that a message is taken, in the turn of the core that took it."""
    cdef int64_t held = hold(core, sender, 8)
    sender.held += held
    finish_send(sender, core.base.clock + latency(core, sender) + held)


cdef inline void go_on_after_answer(ep_core_record *core) noexcept nogil:
    """A parked core has received; where that was the half of a sendrecv, it still waits for the other.

    It goes on before the sender does, since it is the one that notes, in a recorded run, when it took the
    message.
    """
    if core.send_peer >= 0:
        core.wait = EP_SENDS
    else:
        make_ready(core)


cdef inline void answer(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """A parked core tells the sender that it has taken its message, and goes on.

    Where links are watched the sender goes on first: it comes to its next operation before the receiver comes to
    the one that answers it, as mostly where nobody takes links, and a receiver that waits already costs least.
    """
    if core.machine.ordered:
        go_on_after_answer(core)
        tell_sender(core, sender)
    else:
        tell_sender(core, sender)
        go_on_after_answer(core)


cdef inline void answer_parked(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """A parked core has taken what the sender offers; it tells so in its turn, which may be now."""
    core.peer = sender.index
    if core.machine.ordered and not has_turn_at_once(core):
        await_turn(core, EP_ANSWERS)
    else:
        answer(core, sender)


cdef ep_value take_watched(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Takes the single value of any scalar kind that a core offers, where links are watched."""
    return take_scalar(core, sender, True)


cdef ep_value accept_in_turn(ep_core_record *core, ep_core_record *sender) noexcept nogil:
    """Takes the single value of any scalar kind that a core offers."""
    take_posted(core, sender.sent_at, sender.held)
    core.given = sender.out
    if has_turn_at_once(core):
        tell_sender(core, sender)
        go_on(core)
    else:
        core.peer = sender.index
        await_turn(core, EP_ANSWERS)
        park_within(core)
    return core.given


# ---- posting --------------------------------------------------------------------------------------------

cdef inline void prepare(ep_core_record *core, ep_core_record *receiver, ep_value value,
                         int64_t bytes) noexcept nogil:
    """Makes a message ready to be posted: with more than 8 bytes the core does its part of moving them.

    `sent_at` is when the message would be there if all links were free.
    """
    cdef transfer more
    value.origin = core.base.frame[0]
    core.out = value
    core.peer = receiver.index
    core.posting = bytes
    core.sent_at = core.base.clock + latency(core, receiver)
    if bytes > 8:
        more = write_transfer(&core.machine.network,
                              worst_side(&core.machine.network, place_of(core), place_of(receiver)), bytes)
        core.base.clock += more.work
        core.sent_at += more.work + more.rest


cdef inline void post_now(ep_core_record *core, ep_core_record *receiver) noexcept nogil:
    """Puts the message on its way: from now on it stands in the record until it is taken."""
    core.held = hold(core, receiver, core.posting)
    core.sent_at += core.held
    core.send_peer = <int16_t>receiver.index
    if core.machine.recorder != NULL:
        core.machine.services.message_leaves(core, receiver, core.base.clock, core.sent_at)


cdef inline void show(ep_core_record *core, ep_core_record *receiver) noexcept nogil:
    """Gives the message that is posted to its receiver, if that waits for it."""
    if receiver.receive_peer != core.index:
        return
    receiver.receive_peer = -1
    if receiver.single != EP_NOT_SINGLE and is_scalar(core.out):
        take_posted(receiver, core.sent_at, core.held)
        receiver.given = core.out
        answer_parked(receiver, core)
    else:
        make_ready(receiver)


cdef inline void go_on_after_send(ep_core_record *core, int64_t known, int64_t held) noexcept nogil:
    """`finish_send` for the core that runs."""
    if held:
        blame_links(core, known - core.base.clock, held)
    wait_until(core, known)


cdef void send_to_waiting(ep_core_record *core, ep_core_record *receiver, ep_value value) noexcept nogil:
    """`send_in_turn` of a scalar to a core that waits for one: mostly all of it is done at once."""
    cdef int64_t way = latency(core, receiver)
    cdef int64_t held, held_back
    if not has_turn_at_once(core) or core.machine.recorder != NULL:  # for its notes the receiver goes on first
        prepare(core, receiver, value, 8)
        await_turn(core, EP_POSTS)
        park_within(core)
        return
    held = hold(core, receiver, 8)
    value.origin = core.base.frame[0]
    receiver.given = value
    receiver.receive_peer = -1
    take_posted(receiver, core.base.clock + way + held, held)
    if has_turn_at_once(receiver):
        held_back = hold(receiver, core, 8)
        go_on_after_send(core, receiver.base.clock + way + held_back, held + held_back)
        go_on_after_answer(receiver)
        go_on(core)
        return
    core.held = held
    core.sent_at = core.base.clock + way + held
    core.send_peer = <int16_t>receiver.index
    core.out = value
    core.wait = EP_SENDS
    receiver.peer = core.index
    await_turn(receiver, EP_ANSWERS)
    park_within(core)


cdef void send_watched(ep_core_record *core, ep_core_record *receiver, ep_value value) noexcept nogil:
    """`send` of a scalar to a core that does not wait for it, where links are watched."""
    core.sent += 1
    core.base.clock += core.machine.costs.send_startup
    offer(core, receiver, value, 8, True)
    core.wait = EP_SENDS
    park(core)


cdef void send_in_turn(ep_core_record *core, ep_core_record *receiver, ep_value value,
                       int64_t bytes) noexcept nogil:
    """Posts a message and waits until it is taken."""
    prepare(core, receiver, value, bytes)
    if has_turn_at_once(core) and core.machine.recorder == NULL:
        post_now(core, receiver)
        show(core, receiver)
        if core.send_peer < 0:  # it is taken, and word of it is back
            go_on_after_send(core, core.sent_at, core.held)
            go_on(core)
            return
        core.wait = EP_SENDS
    else:
        await_turn(core, EP_POSTS)
    park_within(core)


cdef void exchange_in_turn(ep_core_record *core, ep_core_record *peer, ep_value value, int64_t bytes,
                           int32_t single) noexcept nogil:
    """Posts the send half of a sendrecv, and returns as soon as there is something for the other half.

    `single`: an ep_single. If it allows that, `given` is what was received.
    """
    prepare(core, peer, value, bytes)
    core.given.tag = EP_UNSET
    core.single = <unsigned char>single
    await_turn(core, EP_POSTS_EXCHANGE)
    park_within(core)


cdef inline void begin_receiving(ep_core_record *core, ep_core_record *peer) noexcept nogil:
    """The receive half of a sendrecv whose send half is posted, while its core is parked."""
    if peer.posted == 0 and peer.send_peer != core.index:
        core.receive_peer = peer.index
        core.wait = EP_EXCHANGES
    elif peer.posted == 0 and core.single == EP_IN_TURN and is_scalar(peer.out):
        take_posted(core, peer.sent_at, peer.held)
        core.given = peer.out
        await_turn(core, EP_ANSWERS)
    else:
        make_ready(core)


cdef void take_turn(ep_core_record *core) noexcept nogil:
    """Does what a parked core waits for, which was the least in the heap."""
    cdef ep_core_record *peer = core.machine.cores + core.peer
    if core.wait == EP_ANSWERS:
        answer(core, peer)
        return
    post_now(core, peer)
    if core.wait == EP_POSTS_EXCHANGE:
        begin_receiving(core, peer)
    else:
        core.wait = EP_SENDS
    show(core, peer)
