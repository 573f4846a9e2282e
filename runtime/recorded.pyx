# recorded: see recorded.pxd.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_machine, ep_record
from .eptrans_rt cimport EP_UNSET, ep_array, ep_core, ep_value
from .memory cimport reading_value
from .mesh cimport later, latency, value_bytes
from .recorder cimport (
    ACTIVITY_FUNCTION, ACTIVITY_TASK, NAME_ACCESS, NAME_BROADCAST, NAME_COUNT, NAME_EXCHANGE,
    NAME_EXECUTE, NAME_EXPOSE, NAME_NONBLOCKING_SEND, NAME_RECEIVE, NAME_REDUCE, NAME_SEND,
    NAME_SHUT_DOWN, NAME_SYNC, NAME_WAIT_RESULT, NAME_WAIT_SENT, NAME_WORK, channel, channel_of,
    clock_noted, deed, gathering, link_wait_noted, links_awaited, message_awaited, message_leaves, message_noted, message_posted, messages_taken,
    operation_begins, operation_ended, posted_message, recorder_of, sends_ended, slice_begins,
    slice_ended, trail, trail_of, wait_noted, wait_shown,
)
from .recorder_trace cimport show_result, trace_time, watch_trace
from .taskfarm cimport farm_of, farm_part

# The entries below: of a table that serves every machine, since one that is not recorded may have the recorded
# entries too.
cdef const ep_runtime *below = NULL


cdef inline ep_core_record *peer_if_any(ep_core *base, int64_t number) noexcept nogil:
    """Another core of the run, if the run is recorded; NULL: leave everything to the entry below.

    A program's table of entries stays the recording one after a recorded run, as long as another run may
    use it.
    """
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    if machine.recorder == NULL or not 0 <= number < machine.number_limit or machine.index_of[number] < 0:
        return NULL
    return machine.cores + machine.index_of[number]


cdef inline void blame(trail *own, int32_t core, int32_t name, uint32_t site, int64_t time) noexcept nogil:
    """Who ended the wait of the present operation."""
    own.by.core = core
    own.by.name = name
    own.by.site = site
    own.by.time = time


cdef inline void blame_receiver(trail *own, const channel *way) noexcept nogil:
    """The receiver ended the wait of a send if it took the message later than it arrived."""
    own.by.core = -1
    if way.last_taken.time > way.last_arrived:
        own.by = way.last_taken


# ---- point to point -----------------------------------------------------------------------------------

cdef void end_send(ep_core_record *core, ep_core_record *receiver) noexcept nogil:
    """Word of the taking has just come back."""
    cdef trail *own = trail_of(core)
    sends_ended(core, receiver, 0, core.base.clock - latency(receiver, core))
    blame_receiver(own, channel_of(core, receiver))
    operation_ended(core, own.posted - own.start)


cdef inline int64_t posting_time(ep_core_record *core, int64_t reading) noexcept nogil:
    """When a core that now begins to send posts its message. `reading`: ticks to read what it sends, which
    takes time where that lies in shared memory. The mesh corrects it for messages of more than 8 bytes."""
    return core.base.clock + core.machine.costs.send_startup + reading


cdef void send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = peer_if_any(base, to)
    if receiver == NULL:
        below.send(base, value, to)
        return
    operation_begins(core, NAME_SEND, receiver.index)
    message_posted(core, receiver, posting_time(core, reading_value(base, value)), value_bytes(core, value), 1)
    below.send(base, value, to)
    end_send(core, receiver)


cdef inline int64_t bytes_of(ep_core_record *core, int64_t count) noexcept nogil:
    return count * (core.machine.program.word // 8)


cdef void send_elements(ep_core *base, const ep_array *array, int64_t to, int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = peer_if_any(base, to)
    if receiver == NULL or count <= 0:
        below.send_elements(base, array, to, count)
        return
    operation_begins(core, NAME_SEND, receiver.index)
    message_posted(core, receiver, posting_time(core, count * array.read_price), bytes_of(core, count), count)
    below.send_elements(base, array, to, count)
    end_send(core, receiver)


cdef ep_value recv(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = peer_if_any(base, origin)
    cdef ep_value value
    if sender == NULL:
        return below.recv(base, origin)
    operation_begins(core, NAME_RECEIVE, sender.index)
    value = below.recv(base, origin)
    if value.tag == EP_UNSET:
        value = below.recv_rest(base, origin)
    messages_taken(core, sender, 1)
    operation_ended(core, core.machine.costs.receive)
    return value


cdef ep_array *recv_elements(ep_core *base, int64_t origin, int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = peer_if_any(base, origin)
    cdef ep_array *array
    if sender == NULL:
        return below.recv_elements(base, origin, count)
    operation_begins(core, NAME_RECEIVE, sender.index)
    array = below.recv_elements(base, origin, count)
    messages_taken(core, sender, count)
    operation_ended(core, core.machine.costs.receive)
    return array


cdef void begin_exchange(ep_core_record *core, ep_core_record *peer, int64_t reading, int64_t bytes,
                         int64_t elements) noexcept nogil:
    cdef trail *own = operation_begins(core, NAME_EXCHANGE, peer.index)
    own.taking = posting_time(core, reading)
    message_posted(core, peer, own.taking, bytes, elements)


cdef void end_exchange(ep_core_record *core, ep_core_record *peer, int64_t elements) noexcept nogil:
    """The later of the two halves has ended the wait."""
    cdef trail *own = trail_of(core)
    messages_taken(core, peer, elements)
    sends_ended(core, peer, 0, core.sent_at - latency(peer, core))
    if core.sent_at > own.taking:
        # Between the two the core may have copied what it received: all its waiting is shown before this end.
        blame_receiver(own, channel_of(core, peer))
        operation_ended(core, core.sent_at - (core.waited - own.waited_before) - own.start)
    else:
        operation_ended(core, own.posted - own.start + core.machine.costs.receive)


cdef ep_value sendrecv(ep_core *base, ep_value value, int64_t peer_number) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = peer_if_any(base, peer_number)
    cdef ep_value result
    if peer == NULL:
        return below.sendrecv(base, value, peer_number)
    begin_exchange(core, peer, reading_value(base, value), value_bytes(core, value), 1)
    result = below.sendrecv(base, value, peer_number)
    end_exchange(core, peer, 1)
    return result


cdef ep_array *sendrecv_elements(ep_core *base, const ep_array *array, int64_t peer_number,
                                 int64_t count) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *peer = peer_if_any(base, peer_number)
    cdef ep_array *result
    if peer == NULL or count <= 0:
        return below.sendrecv_elements(base, array, peer_number, count)
    begin_exchange(core, peer, count * array.read_price, bytes_of(core, count), count)
    result = below.sendrecv_elements(base, array, peer_number, count)
    end_exchange(core, peer, count)
    return result


cdef void nonblocking_send(ep_core *base, ep_value value, int64_t to) noexcept nogil:
    """The message before it must be taken first: the wait is for that."""
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = peer_if_any(base, to)
    cdef trail *own
    cdef posted_message *message
    cdef int64_t startup
    if receiver == NULL:
        below.nonblocking_send(base, value, to)
        return
    startup = core.machine.costs.send_startup
    own = operation_begins(core, NAME_NONBLOCKING_SEND, receiver.index)
    message = message_posted(core, receiver, base.clock + startup, value_bytes(core, value), 1)
    below.nonblocking_send(base, value, to)
    message.arrived += base.clock - message.posted
    message.posted = base.clock
    sends_ended(core, receiver, 1, -1)
    blame_receiver(own, channel_of(core, receiver))
    operation_ended(core, 0)


cdef void wait_sent(ep_core *base, int64_t to) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = peer_if_any(base, to)
    if receiver == NULL:
        below.wait_sent(base, to)
        return
    operation_begins(core, NAME_WAIT_SENT, receiver.index)
    below.wait_sent(base, to)
    sends_ended(core, receiver, 0, -1)
    blame_receiver(trail_of(core), channel_of(core, receiver))
    operation_ended(core, core.machine.costs.test)


# ---- arrays that others use ----------------------------------------------------------------------------

cdef void expose(ep_core *base, ep_array *array, int64_t to) noexcept nogil:
    """A send of a reference."""
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *receiver = peer_if_any(base, to)
    if receiver == NULL:
        below.expose(base, array, to)
        return
    operation_begins(core, NAME_EXPOSE, receiver.index)
    message_posted(core, receiver, posting_time(core, 0), 8, 1)
    below.expose(base, array, to)
    end_send(core, receiver)


cdef ep_array *access(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *sender = peer_if_any(base, origin)
    cdef ep_array *array
    if sender == NULL:
        return below.access(base, origin)
    operation_begins(core, NAME_ACCESS, sender.index)
    array = below.access(base, origin)
    messages_taken(core, sender, 1)
    operation_ended(core, core.machine.costs.receive)
    return array


# ---- collectives ----------------------------------------------------------------------------------------

cdef ep_value bcast(ep_core *base, ep_value value, int64_t root_number) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *root = peer_if_any(base, root_number)
    cdef trail *own
    cdef ep_value result
    if root == NULL:
        return below.bcast(base, value, root_number)
    own = operation_begins(core, NAME_BROADCAST, -1 if root == core else root.index)
    if root == core:
        own.broadcast_posted = posting_time(core, reading_value(base, value))
        own.broadcast_site = own.site
        own.broadcast_known = 0
        own.broadcast_by.core = -1
        result = below.bcast(base, value, root_number)
        own.by = own.broadcast_by
        # It waits once it has sent to all its children in the tree.
        operation_ended(core, core.base.clock - (core.waited - own.waited_before) - own.start)
        return result
    result = below.bcast(base, value, root_number)
    take_broadcast(core, root, result)
    operation_ended(core, core.machine.costs.receive)
    return result


cdef void take_broadcast(ep_core_record *core, ep_core_record *root, ep_value value) noexcept nogil:
    """Notes the root's message to this core, and the core for the root's wait if it was the last."""
    cdef trail *own = trail_of(core)
    cdef trail *roots = trail_of(root)
    cdef posted_message message
    cdef int64_t waited = core.waited - own.waited_before
    cdef int64_t taken = own.start + core.machine.costs.receive + waited
    cdef int64_t known = taken + latency(root, core)
    message.posted = roots.broadcast_posted
    message.arrived = taken
    message.bytes = value_bytes(core, value)
    message.start = roots.start_time
    message.site = roots.broadcast_site
    message_noted(root, core, &message, taken, own.site)
    if waited > 0:
        blame(own, root.index, NAME_BROADCAST, roots.broadcast_site, roots.broadcast_posted)
    if known > roots.broadcast_known or (known == roots.broadcast_known and core.index < roots.broadcast_by.core):
        roots.broadcast_known = known
        roots.broadcast_by.core = core.index if waited == 0 else -1
        roots.broadcast_by.name = NAME_BROADCAST
        roots.broadcast_by.site = own.site
        roots.broadcast_by.time = taken


cdef gathering *gather(ep_core_record *core, int32_t meeting, int64_t reading) noexcept nogil:
    """The core comes to its next meeting of a kind, once it has read what it brings, which takes `reading`
    ticks. No core is more than one meeting ahead of another."""
    cdef trail *own = trail_of(core)
    cdef int64_t comes = own.start + reading
    cdef gathering *one
    own.meetings[meeting] += 1
    one = &recorder_of(core.machine).gatherings[meeting][own.meetings[meeting] & 1]
    if one.generation != own.meetings[meeting]:
        one.generation = own.meetings[meeting]
        one.latest.core = -1
    if one.latest.core < 0 or comes > one.latest.time or (
            comes == one.latest.time and core.index < one.latest.core):
        one.latest.core = core.index
        one.latest.name = own.name
        one.latest.site = own.site
        one.latest.time = comes
    return one


cdef void end_gathering(ep_core_record *core, const gathering *one, int64_t reading) noexcept nogil:
    if one.latest.core != core.index:
        trail_of(core).by = one.latest
    operation_ended(core, reading)


cdef void sync(ep_core *base) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef gathering *one
    if core.machine.recorder == NULL:
        below.sync(base)
        return
    operation_begins(core, NAME_SYNC, -1)
    one = gather(core, 0, 0)
    below.sync(base)
    end_gathering(core, one, 0)


cdef ep_value reduce(ep_core *base, ep_value value, int32_t reduction) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef int64_t reading = reading_value(base, value)
    cdef gathering *one
    cdef ep_value result
    if core.machine.recorder == NULL:
        return below.reduce(base, value, reduction)
    operation_begins(core, NAME_REDUCE, -1)
    one = gather(core, 1 + reduction, reading)
    result = below.reduce(base, value, reduction)
    end_gathering(core, one, reading)
    return result


cdef int64_t posted_at(ep_core_record *sender, ep_core_record *receiver, int64_t arrival) noexcept nogil:
    """When the core's last message was posted, which arrives at that time."""
    cdef trail *own = trail_of(sender)
    return own.left_posted if own.left_arrives == arrival else arrival - latency(sender, receiver)


# ---- the farm: the master ----------------------------------------------------------------------------------

cdef void result_came(ep_core_record *core, ep_core_record *worker, int64_t offset) noexcept nogil:
    """The master has waited for the worker's result, from `offset` ticks after the operation's start."""
    cdef trail *own = trail_of(core)
    cdef trail *workers = trail_of(worker)
    cdef posted_message message
    cdef int64_t waited = core.waited - own.waited_before
    if not workers.result_is_out:
        return
    workers.result_is_out = False
    message.posted = workers.result_posted
    message.arrived = workers.result_arrived
    message.bytes = workers.result_bytes
    message.start = workers.result_start
    message.site = workers.result_site
    message_noted(worker, core, &message, later(own.start + offset, workers.result_arrived), own.site)
    if waited > 0 and workers.result_arrived == own.start + offset + waited:
        blame(own, worker.index, NAME_WORK, workers.result_site, workers.result_posted)


cdef void farm_exec(ep_core *base, int64_t to, ep_value function, int32_t count,
                    const ep_value *arguments) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *worker = peer_if_any(base, to)
    cdef trail *workers
    cdef int64_t bytes = 8
    cdef int32_t index
    if worker == NULL or worker == core:
        below.farm_exec(base, to, function, count, arguments)
        return
    operation_begins(core, NAME_EXECUTE, worker.index)
    for index in range(count):
        bytes += value_bytes(core, arguments[index])
    below.farm_exec(base, to, function, count, arguments)
    result_came(core, worker, 0)
    workers = trail_of(worker)
    workers.task_posted = posted_at(core, worker, base.clock)
    workers.task_bytes = bytes
    workers.task_start = trail_of(core).start_time
    operation_ended(core, 0)


cdef ep_value farm_wait(ep_core *base, int64_t origin) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_core_record *worker = peer_if_any(base, origin)
    cdef ep_value value
    if worker == NULL:
        return below.farm_wait(base, origin)
    operation_begins(core, NAME_WAIT_RESULT, worker.index)
    value = below.farm_wait(base, origin)
    result_came(core, worker, core.machine.costs.farm_take)
    operation_ended(core, core.machine.costs.farm_take)
    return value


cdef void farm_shutdown(ep_core *base) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef ep_machine *machine = core.machine
    cdef int32_t index
    if machine.recorder == NULL:
        below.farm_shutdown(base)
        return
    operation_begins(core, NAME_SHUT_DOWN, -1)
    trail_of(core).shut_down_site = base.frame[0]
    below.farm_shutdown(base)
    for index in range(machine.count):
        if index != core.index:
            result_came(core, machine.cores + index, 0)
    operation_ended(core, 0)


# ---- the farm: a worker --------------------------------------------------------------------------------------

cdef void farm_worker(ep_core *base, uint32_t *callee_frame) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef farm_part *part
    cdef trail *own
    cdef deed by
    if core.machine.recorder == NULL:
        below.farm_worker(base, callee_frame)
        return
    part = farm_of(core)
    if part == NULL or part.master < 0:
        below.farm_worker(base, callee_frame)
        return
    own = trail_of(core)
    own.work_site = base.frame[0]
    own.idle_from = base.clock
    own.waited_link_before = core.waited_link
    below.farm_worker(base, callee_frame)
    by.core = part.master
    by.name = NAME_SHUT_DOWN
    by.site = trail_of(core.machine.cores + part.master).shut_down_site
    by.time = part.released_at - latency(core.machine.cores + part.master, core)
    wait_noted(core, own.idle_from, base.clock, own.work_site, NAME_WORK, &by)
    link_wait_noted(core, base.clock, own.work_site, NAME_WORK, &by)
    wait_shown(core, own.idle_from, base.clock, own.work_site, NAME_WORK, by.core)


cdef void task_begins(ep_core_record *core) noexcept nogil:
    """The worker has waited for the task in its slot, and will run it."""
    cdef farm_part *part = farm_of(core)
    cdef trail *own = trail_of(core)
    cdef int32_t name = NAME_COUNT + <int32_t>(core.machine.program.frame_count + part.function)
    cdef posted_message message
    cdef deed by
    by.core = part.giver
    by.name = NAME_EXECUTE
    by.site = part.given_at
    by.time = own.task_posted
    wait_noted(core, own.idle_from, core.base.clock, own.work_site, NAME_WORK, &by)
    link_wait_noted(core, core.base.clock, own.work_site, NAME_WORK, &by)
    wait_shown(core, own.idle_from, core.base.clock, own.work_site, NAME_WORK, part.giver)
    slice_begins(core, ACTIVITY_TASK, name, core.base.clock, own.work_site, part.giver, part.given_at)
    message.posted = own.task_posted
    message.arrived = part.arrival
    message.bytes = own.task_bytes
    message.start = own.task_start
    message.site = part.given_at
    # The arrow ends in the task's slice, which has just begun.
    own.start_time = trace_time(core, core.base.clock)
    message_noted(core.machine.cores + part.giver, core, &message, core.base.clock, own.work_site)


cdef void task_ended(ep_core_record *core) noexcept nogil:
    cdef farm_part *part = farm_of(core)
    cdef trail *own = trail_of(core)
    # The core may have given memory back after it.
    own.result_posted = posted_at(core, core.machine.cores + part.giver, part.arrival)
    own.result_start = show_result(core, own.result_posted, part.giver)
    slice_ended(core, core.base.clock)
    own.idle_from = core.base.clock
    own.waited_link_before = core.waited_link
    own.result_is_out = True
    own.result_arrived = part.arrival
    own.result_bytes = value_bytes(core, part.result)
    own.result_site = own.work_site


# ---- what programs compiled for recorded runs tell -------------------------------------------------------------

cdef void function_begins(ep_core *base, uint32_t function, uint32_t site) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef trail *own = trail_of(core)
    slice_begins(core, ACTIVITY_FUNCTION, NAME_COUNT + <int32_t>function, base.clock, site, -1, 0)
    own.open[own.depth - 1].called_at = own.counted_site


cdef void function_ended(ep_core *base, int64_t ticks) noexcept nogil:
    cdef ep_core_record *core = ep_record(base)
    cdef trail *own = trail_of(core)
    clock_noted(core, own.open[own.depth - 1].called_at if own.depth > 0 else 0, ticks)
    slice_ended(core, base.clock + ticks)


cdef void note_clock(ep_core *base, uint32_t site, int64_t ticks) noexcept nogil:
    clock_noted(ep_record(base), site, ticks)


# ---- the table ---------------------------------------------------------------------------------------------

cdef void recorded_fill_entries(ep_runtime *recorded, const ep_runtime *entries) noexcept nogil:
    """A table like the one below but for the entries that may wait."""
    global below
    below = entries
    recorded[0] = entries[0]
    recorded.send = send
    recorded.send_elements = send_elements
    recorded.recv = recv
    recorded.recv_elements = recv_elements
    recorded.sendrecv = sendrecv
    recorded.sendrecv_elements = sendrecv_elements
    recorded.nonblocking_send = nonblocking_send
    recorded.wait_sent = wait_sent
    recorded.expose = expose
    recorded.access = access
    recorded.bcast = bcast
    recorded.reduce = reduce
    recorded.sync = sync
    recorded.farm_exec = farm_exec
    recorded.farm_wait = farm_wait
    recorded.farm_worker = farm_worker
    recorded.farm_shutdown = farm_shutdown
    recorded.function_begins = function_begins
    recorded.function_ended = function_ended
    recorded.clock_noted = note_clock


cdef void recorded_fill_services(ep_services *services) noexcept nogil:
    services.task_begins = task_begins
    services.task_ended = task_ended
    services.message_leaves = message_leaves
    services.message_awaited = message_awaited
    services.links_awaited = links_awaited
    services.watch_trace = watch_trace
