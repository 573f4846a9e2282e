# recorder: see recorder.pxd.
from libc.stddef cimport size_t
from libc.stdint cimport INT64_MAX, uint64_t
from libc.stdlib cimport calloc, free, realloc
from .core_record cimport EP_ENDED, EP_NO_HOST_MEMORY, ep_recorder
from .eptrans_rt cimport EP_TICKS_PER_CYCLE
from .mesh cimport later, latency
from .recorder_trace cimport (
    create_trace, destroy_trace, finish_trace, show_message, show_slice, trace_time,
)
from .scheduler cimport end_machine

from eptrans.machine import MachineError

cdef enum:
    RING_WAITS = 1 << 18        # waits that the rings of all cores hold together
    RING_LEAST = 64             # and that of one core at least and at most
    RING_MOST = 1 << 15
    FIRST_CHANNELS = 256
    FIRST_ROWS = 1024


# ---- channels ---------------------------------------------------------------------------------------

cdef inline int64_t place_of_pair(int32_t sender, int32_t receiver, int64_t mask) noexcept nogil:
    cdef uint32_t pair = (<uint32_t>sender << 13) | <uint32_t>receiver
    return ((pair * <uint32_t>2654435769) >> 6) & mask


cdef void grow_channels(ep_core_record *core, recorder *notes) noexcept nogil:
    cdef int64_t mask = 2 * notes.channel_mask + 1
    cdef channel **larger = <channel **>calloc(<size_t>mask + 1, sizeof(channel *))
    cdef channel *one
    cdef int64_t old
    cdef int64_t place
    if larger == NULL:
        end_machine(core, EP_NO_HOST_MEMORY)
    for old in range(notes.channel_mask + 1):
        one = notes.channels[old]
        if one != NULL:
            place = place_of_pair(one.sender, one.receiver, mask)
            while larger[place] != NULL:
                place = (place + 1) & mask
            larger[place] = one
    free(notes.channels)
    notes.channels = larger
    notes.channel_mask = mask


cdef channel *channel_of(ep_core_record *sender, ep_core_record *receiver) noexcept nogil:
    """The channel from one core to another, made at its first use."""
    cdef recorder *notes = recorder_of(sender.machine)
    cdef int64_t place = place_of_pair(sender.index, receiver.index, notes.channel_mask)
    cdef channel *one = notes.channels[place]
    while one != NULL:
        if one.sender == sender.index and one.receiver == receiver.index:
            return one
        place = (place + 1) & notes.channel_mask
        one = notes.channels[place]
    one = <channel *>calloc(1, sizeof(channel))
    if one == NULL:
        end_machine(sender, EP_NO_HOST_MEMORY)
    one.sender = sender.index
    one.receiver = receiver.index
    one.last_taken.core = -1
    notes.channels[place] = one
    notes.channel_count += 1
    if 2 * notes.channel_count > notes.channel_mask:
        grow_channels(sender, notes)
    return one


# ---- arrays of events ---------------------------------------------------------------------------------

cdef bint row_fits(recorder *notes, void **rows, int64_t count, int64_t *room, size_t size) noexcept nogil:
    """Room for one more row; without it, because of the limit or of the memory, the event is lost."""
    cdef int64_t wanted
    cdef void *larger
    if count < room[0]:
        return True
    wanted = earlier(later(2 * room[0], FIRST_ROWS), notes.limit)
    if count < wanted:
        larger = realloc(rows[0], <size_t>wanted * size)
        if larger != NULL:
            rows[0] = larger
            room[0] = wanted
            return True
    notes.lost += 1
    return False


cdef void keep_slice(ep_core_record *core, int32_t activity, int64_t start, int64_t end, int32_t name,
                     uint32_t site, int32_t peer, uint32_t peer_site) noexcept nogil:
    cdef recorder *notes = recorder_of(core.machine)
    cdef slice_row *row
    if not row_fits(notes, <void **>&notes.slices, notes.slice_count, &notes.slice_room, sizeof(slice_row)):
        return
    row = notes.slices + notes.slice_count
    notes.slice_count += 1
    row.core = core.index
    row.activity = activity
    row.start = start
    row.end = end
    row.name = name
    row.site = <int32_t>site
    row.peer = peer
    row.peer_site = <int32_t>peer_site


cdef void keep_message(recorder *notes, ep_core_record *sender, ep_core_record *receiver,
                       const posted_message *message, int64_t taken, uint32_t receive_site) noexcept nogil:
    cdef message_row *row
    if not row_fits(notes, <void **>&notes.messages, notes.message_count, &notes.message_room,
                    sizeof(message_row)):
        return
    row = notes.messages + notes.message_count
    notes.message_count += 1
    row.sender = sender.index
    row.receiver = receiver.index
    row.posted = message.posted
    row.arrived = message.arrived
    row.taken = taken
    row.bytes = message.bytes
    row.send_site = <int32_t>message.site
    row.receive_site = <int32_t>receive_site


# ---- slices -------------------------------------------------------------------------------------------------

cdef void slice_begins(ep_core_record *core, int32_t activity, int32_t name, int64_t start, uint32_t site,
                       int32_t peer, uint32_t peer_site) noexcept nogil:
    """The core enters a function or a task."""
    cdef trail *own = trail_of(core)
    cdef open_slice *one
    cdef int32_t room = 2 * own.room + 8
    if own.depth == own.room:
        one = <open_slice *>realloc(own.open, <size_t>room * sizeof(open_slice))
        if one == NULL:
            end_machine(core, EP_NO_HOST_MEMORY)
        own.open = one
        own.room = room
    one = own.open + own.depth
    one.start = start
    one.start_time = trace_time(core, start)
    one.name = name
    one.activity = activity
    one.site = site
    one.peer = peer
    one.peer_site = peer_site
    own.depth += 1


cdef void slice_ended(ep_core_record *core, int64_t time) noexcept nogil:
    """The core leaves its innermost function or task."""
    cdef recorder *notes = recorder_of(core.machine)
    cdef trail *own = trail_of(core)
    cdef open_slice *one
    if own.depth == 0:
        return
    own.depth -= 1
    one = own.open + own.depth
    if notes.flags & RECORD_EVENTS:
        keep_slice(core, one.activity, one.start, time, one.name, one.site, one.peer, one.peer_site)
    if notes.flags & RECORD_TRACE:
        show_slice(core, one.start, time, one.start_time, one.name, one.site,
                   b"task" if one.activity == ACTIVITY_TASK else b"function", -EP_TICKS_PER_CYCLE, one.peer)


cdef void wait_noted(ep_core_record *core, int64_t start, int64_t wait_end, uint32_t site, int32_t name,
                     const deed *by) noexcept nogil:
    """A wait: into the core's ring if another core ended it, and among the events."""
    cdef recorder *notes = recorder_of(core.machine)
    cdef trail *own = trail_of(core)
    cdef binding_wait *wait
    if wait_end <= start:
        return
    if by.core >= 0:
        wait = own.waits + (own.wait_count & notes.ring_mask)
        own.wait_count += 1
        wait.start = start
        wait.end = wait_end
        wait.site = site
        wait.name = name
        wait.by = by[0]
    if notes.flags & RECORD_EVENTS:
        keep_slice(core, ACTIVITY_WAIT_MESSAGE, start, wait_end, name, site, by.core if by.core >= 0 else own.peer,
                   by.site if by.core >= 0 else 0)


cdef void link_wait_noted(ep_core_record *core, int64_t wait_end, uint32_t site, int32_t name,
                          const deed *by) noexcept nogil:
    """Which part of a wait was for links, since `waited_link_before`: the last."""
    cdef int64_t held = core.waited_link - trail_of(core).waited_link_before
    if held > 0 and recorder_of(core.machine).flags & RECORD_EVENTS:
        keep_slice(core, ACTIVITY_WAIT_LINK, wait_end - held, wait_end, name, site, by.core,
                   by.site if by.core >= 0 else 0)


cdef void links_awaited(ep_core_record *core, int64_t start, int64_t waited) noexcept nogil:
    """A read or a write of another core's array waits for links; no core ends that by what it does."""
    cdef deed nobody
    cdef uint32_t site = core.base.frame[0]
    if waited <= 0:
        return
    nobody.core = -1
    trail_of(core).waited_link_before = core.waited_link - waited
    wait_noted(core, start, start + waited, site, NAME_ACCESS, &nobody)
    link_wait_noted(core, start + waited, site, NAME_ACCESS, &nobody)
    wait_shown(core, start, start + waited, site, NAME_ACCESS, -1)


cdef void wait_shown(ep_core_record *core, int64_t start, int64_t wait_end, uint32_t site, int32_t name,
                     int32_t peer) noexcept nogil:
    """A stretch that is nothing but waiting, into the trace."""
    if recorder_of(core.machine).flags & RECORD_TRACE and wait_end > start:
        show_slice(core, start, wait_end, trace_time(core, start), name, site, b"wait", wait_end - start, peer)


# ---- lines ----------------------------------------------------------------------------------------------------

cdef void clock_noted(ep_core_record *core, uint32_t site, int64_t ticks) noexcept nogil:
    """What was added to the clock since it was last noted, waiting left out, the runtime took at that site.

    With site 0 the site stays as it is.
    """
    cdef trail *own = trail_of(core)
    cdef int64_t busy = core.base.clock - core.waited
    recorder_of(core.machine).site_ticks[own.counted_site] += busy - own.counted
    own.counted = busy + ticks
    if site != 0:
        own.counted_site = site


cdef bint count_lines(ep_machine *machine, recorder *notes) noexcept nogil:
    """Gives a program that was compiled for it where to count. False: no memory."""
    cdef int32_t index
    if machine.program.block_count == 0:
        return True
    notes.block_runs = <uint64_t *>calloc(machine.program.block_count, sizeof(uint64_t))
    notes.site_ticks = <int64_t *>calloc(machine.program.site_count, sizeof(int64_t))
    for index in range(machine.count):
        (<uint64_t **>machine.cores[index].base.globals)[0] = notes.block_runs
    return notes.block_runs != NULL and notes.site_ticks != NULL


# ---- operations -----------------------------------------------------------------------------------------------

cdef trail *operation_begins(ep_core_record *core, int32_t name, int32_t peer) noexcept nogil:
    cdef trail *own = trail_of(core)
    own.name = name
    own.peer = peer
    own.site = core.base.frame[0]
    own.start = core.base.clock
    own.taking = core.base.clock
    own.waited_before = core.waited
    own.waited_link_before = core.waited_link
    own.by.core = -1
    own.noted = 0
    own.start_time = trace_time(core, own.start)
    return own


cdef void operation_ended(ep_core_record *core, int64_t offset) noexcept nogil:
    cdef recorder *notes = recorder_of(core.machine)
    cdef trail *own = trail_of(core)
    cdef int64_t waited = core.waited - own.waited_before
    cdef int64_t last = waited - own.noted
    cdef int64_t start = own.start + offset
    if waited > 0:
        wait_noted(core, start, start + last, own.site, own.name, &own.by)
        link_wait_noted(core, start + waited, own.site, own.name, &own.by)
    if notes.flags & RECORD_TRACE:
        show_slice(core, own.start, core.base.clock, own.start_time, own.name, own.site,
                   b"wait" if waited > 0 else b"message", waited, own.by.core if own.peer < 0 else own.peer)
    own.name = -1
    own.peer = -1


# ---- messages ---------------------------------------------------------------------------------------------------

cdef posted_message *message_posted(ep_core_record *sender, ep_core_record *receiver, int64_t posted,
                                    int64_t bytes, int64_t elements) noexcept nogil:
    """A message stands in its channel from now on; its site and name are those of the operation."""
    cdef channel *way = channel_of(sender, receiver)
    cdef posted_message *message = way.queue + ((way.first + way.count) & (QUEUE_ROOM - 1))
    cdef trail *own = trail_of(sender)
    way.count += 1
    own.posted = posted
    message.posted = posted
    message.arrived = posted + latency(sender, receiver)
    message.bytes = bytes
    message.elements = elements
    message.start = own.start_time
    message.site = own.site
    message.name = own.name
    return message


cdef void message_leaves(ep_core_record *sender, ep_core_record *receiver, int64_t posted,
                         int64_t arrives) noexcept nogil:
    cdef channel *way
    cdef posted_message *message
    trail_of(sender).left_posted = posted
    trail_of(sender).left_arrives = arrives
    if not NAME_SEND <= trail_of(sender).name <= NAME_EXPOSE:
        return
    trail_of(sender).posted = posted
    if trail_of(sender).name == NAME_EXCHANGE:
        trail_of(sender).taking = posted
    way = channel_of(sender, receiver)
    if way.count > 0:
        message = way.queue + ((way.first + way.count - 1) & (QUEUE_ROOM - 1))
        message.posted = posted
        message.arrived = arrives


cdef void message_noted(ep_core_record *sender, ep_core_record *receiver, const posted_message *message,
                        int64_t taken, uint32_t receive_site) noexcept nogil:
    """A message is wholly taken."""
    cdef recorder *notes = recorder_of(sender.machine)
    cdef channel *way = channel_of(sender, receiver)
    way.messages += 1
    way.bytes += message.bytes
    way.units += (message.bytes + 7) // 8
    way.last_arrived = message.arrived
    if notes.flags & RECORD_EVENTS:
        keep_message(notes, sender, receiver, message, taken, receive_site)
    if notes.flags & RECORD_TRACE:
        show_message(sender, receiver, message, taken)


cdef inline deed posting_of(ep_core_record *sender, const posted_message *message) noexcept nogil:
    cdef deed by
    by.core = sender.index
    by.name = message.name
    by.site = message.site
    by.time = message.posted
    return by


cdef void message_awaited(ep_core_record *receiver, ep_core_record *sender, int64_t waited) noexcept nogil:
    """The receiver, whose operation may take several messages, has waited until now for one that it takes."""
    cdef channel *way = channel_of(sender, receiver)
    cdef trail *own = trail_of(receiver)
    cdef posted_message *message
    cdef deed by
    cdef int32_t place
    for place in range(way.count):
        message = way.queue + ((way.first + place) & (QUEUE_ROOM - 1))
        if message.arrived == receiver.base.clock:
            by = posting_of(sender, message)
            wait_noted(receiver, receiver.base.clock - waited, receiver.base.clock, own.site, own.name, &by)
            own.noted += waited
            return


cdef void take(ep_core_record *receiver, ep_core_record *sender, channel *way, int64_t taken,
               int64_t elements) noexcept nogil:
    """Some elements of a channel's first message are taken; `taken` below 0: when the receiver could."""
    cdef posted_message *message = way.queue + way.first
    cdef trail *own = trail_of(receiver)
    cdef int64_t ready = own.taking + receiver.machine.costs.receive
    own.taking = taken if taken >= 0 else later(ready, message.arrived)
    if message.arrived > ready:
        own.by = posting_of(sender, message)
    message.elements -= elements
    if message.elements > 0:
        return
    way.last_taken.core = receiver.index
    way.last_taken.name = own.name
    way.last_taken.site = own.site
    way.last_taken.time = own.taking
    way.first = (way.first + 1) & (QUEUE_ROOM - 1)
    way.count -= 1
    message_noted(sender, receiver, message, own.taking, own.site)


cdef void messages_taken(ep_core_record *receiver, ep_core_record *sender, int64_t elements) noexcept nogil:
    """The receiver's operation has taken so many elements off the channel."""
    cdef channel *way = channel_of(sender, receiver)
    cdef int64_t wanted = elements - way.taken_ahead
    cdef int64_t part
    way.taken_ahead = 0
    while wanted > 0 and way.count > 0:
        part = earlier(way.queue[way.first].elements, wanted)
        wanted -= part
        take(receiver, sender, way, -1, part)


cdef void sends_ended(ep_core_record *sender, ep_core_record *receiver, int32_t left, int64_t last) noexcept nogil:
    """All messages but the newest `left` are known to be taken, the last of them at `last` (below 0: when
    it could be).

    Those that still stand in the channel were taken by an operation that the receiver is still in.
    """
    cdef channel *way = channel_of(sender, receiver)
    cdef posted_message *message
    while way.count > left:
        message = way.queue + way.first
        way.taken_ahead += message.elements
        take(receiver, sender, way, last if way.count == left + 1 else -1, message.elements)


# ---- from the beginning to the end ---------------------------------------------------------------------------------

cdef void recorder_destroy(ep_machine *machine) noexcept nogil:
    cdef recorder *notes = recorder_of(machine)
    cdef int64_t place
    if notes == NULL:
        return
    if notes.trails != NULL:
        for place in range(machine.count):
            free(notes.trails[place].open)
    if notes.channels != NULL:
        for place in range(notes.channel_mask + 1):
            free(notes.channels[place])
    destroy_trace(notes)
    free(notes.channels)
    free(notes.rings)
    free(notes.trails)
    free(notes.slices)
    free(notes.messages)
    free(notes.block_runs)
    free(notes.site_ticks)
    free(notes)
    machine.recorder = NULL


cdef object recorder_create(ep_machine *machine, object options):
    """Makes the machine ready to be recorded as a RecordOptions says. Raises MachineError."""
    cdef recorder *notes = <recorder *>calloc(1, sizeof(recorder))
    cdef int64_t ring = RING_MOST
    cdef int32_t index
    no_memory = MachineError("there is not enough memory on this computer for recording the run")
    machine.recorder = <ep_recorder *>notes
    if notes == NULL:
        raise no_memory
    while ring > RING_LEAST and ring * machine.count > RING_WAITS:
        ring //= 2
    notes.ring_mask = ring - 1
    notes.channel_mask = FIRST_CHANNELS - 1
    notes.trails = <trail *>calloc(machine.count, sizeof(trail))
    notes.rings = <binding_wait *>calloc(<size_t>(machine.count * ring), sizeof(binding_wait))
    notes.channels = <channel **>calloc(FIRST_CHANNELS, sizeof(channel *))
    if (notes.trails == NULL or notes.rings == NULL or notes.channels == NULL
            or not count_lines(machine, notes)):
        raise no_memory
    notes.flags = RECORD_EVENTS if options.events else 0
    notes.limit = options.event_limit
    notes.window_end = INT64_MAX
    for index in range(machine.count):
        notes.trails[index].name = -1
        notes.trails[index].peer = -1
        notes.trails[index].waits = notes.rings + index * ring
    if options.trace is not None:
        try:
            create_trace(machine, notes, options.trace)
        except MemoryError:
            raise no_memory from None
    if notes.block_runs != NULL:
        return  # the program tells of its functions itself
    for index in range(machine.count):
        slice_begins(machine.cores + index, ACTIVITY_FUNCTION, NAME_COUNT, 0, 0, -1, 0)


cdef void recorder_finish(ep_machine *machine) noexcept nogil:
    """The run is over: what is still open ends with it, and the trace is written out.

    A core that waits for ever waits until the last core's end.
    """
    cdef recorder *notes = recorder_of(machine)
    cdef ep_core_record *core
    cdef trail *own
    cdef int64_t end = 0
    cdef int64_t last
    cdef int32_t index
    for index in range(machine.count):
        end = later(end, machine.cores[index].base.clock)
    for index in range(machine.count):
        core = machine.cores + index
        own = notes.trails + index
        last = core.base.clock
        if notes.site_ticks != NULL:
            clock_noted(core, 0, 0)
        if own.name >= 0 and core.wait != EP_ENDED:
            last = end
            own.by.core = -1
            wait_noted(core, own.start, end, own.site, own.name, &own.by)
            if notes.flags & RECORD_TRACE:
                show_slice(core, own.start, end, own.start_time, own.name, own.site, b"wait", end - own.start,
                           own.peer)
        while own.depth > 0:
            slice_ended(core, last)
    if notes.flags & RECORD_TRACE:
        finish_trace(notes, end)
