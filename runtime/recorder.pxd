# recorder: what is noted of a run while it goes on, and nothing else.
#
# A run that is recorded has one, and calls the entries of recorded.pyx, which
# tell it what each core does. It keeps, for each core, the last of its waits that
# another core ended (the slowest path is found in them afterwards); for each
# channel, the messages that are under way and the sums of all; and, as asked
# for, arrays of slices and messages and the text of a trace.
#
# Times are ticks. All memory is bounded but that for channels, of which there is
# one for each pair of cores that talks.
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from .core_record cimport ep_core_record, ep_machine
from .trace_text cimport trace_sink


cdef enum record_flag:
    RECORD_EVENTS = 1       # slices and messages as arrays
    RECORD_TRACE = 2        # the text of a trace


# Operations that wait; the first of a recording's names, in this order.
cdef enum operation_name:
    NAME_RECEIVE
    NAME_SEND
    NAME_EXCHANGE
    NAME_NONBLOCKING_SEND
    NAME_EXPOSE
    NAME_ACCESS
    NAME_WAIT_SENT
    NAME_BROADCAST
    NAME_REDUCE
    NAME_SYNC
    NAME_EXECUTE
    NAME_WAIT_RESULT
    NAME_SHUT_DOWN
    NAME_WORK
    NAME_MESSAGE            # no operation: one end of an arrow in a trace
    NAME_COUNT


# What a core did that ended another's wait.
cdef struct deed:
    int32_t core            # -1: no other core ended it
    int32_t name
    uint32_t site
    int64_t time


# A wait that another core ended, as it lies in a core's ring.
cdef struct binding_wait:
    int64_t start
    int64_t end
    uint32_t site
    int32_t name
    deed by


# A message that is posted and not yet wholly taken.
cdef struct posted_message:
    int64_t posted
    int64_t arrived
    int64_t bytes
    int64_t elements        # still to be taken
    int64_t start           # nanoseconds: of the sender's slice
    uint32_t site
    int32_t name

cdef enum:
    QUEUE_ROOM = 4          # at most two are under way, and one more before the oldest is known to be taken

# From one core to another.
cdef struct channel:
    int32_t sender
    int32_t receiver
    int64_t messages
    int64_t bytes
    int64_t units           # link cycles: one for each eight bytes begun
    int64_t last_arrived
    deed last_taken         # by the receiver
    int64_t taken_ahead     # elements of the receiver's operation that its sender has noted already
    int32_t first
    int32_t count
    posted_message queue[QUEUE_ROOM]


# A slice that has begun: the program, a function or a task.
cdef struct open_slice:
    int64_t start
    int64_t start_time      # nanoseconds in the trace
    int64_t arrows          # messages that ended here in the trace
    int32_t name
    int32_t activity
    uint32_t site
    int32_t peer
    uint32_t peer_site
    uint32_t called_at      # of a function: to this site belongs what the runtime takes after it


# One core's part.
cdef struct trail:
    # the operation that it is in
    int32_t name            # -1: none
    int32_t peer
    uint32_t site
    int64_t start
    int64_t waited_before
    int64_t waited_link_before
    int64_t posted          # when its message left
    int64_t taking          # its clock, as it takes one message after the other
    deed by                 # what ended the last of its waits
    int64_t noted           # ticks of its waits that are noted already
    int64_t start_time      # nanoseconds in the trace
    int64_t arrows          # messages that ended here in the trace
    # the last message that the mesh told of
    int64_t left_posted
    int64_t left_arrives
    # the ring of waits
    binding_wait *waits
    int64_t wait_count      # in all; the ring holds the last of them
    # meetings: a core is at most one ahead of another
    int64_t meetings[5]
    # bcast with this core as the root
    int64_t broadcast_posted
    uint32_t broadcast_site
    int64_t broadcast_known
    deed broadcast_by       # the last to take it, if it was late
    # the farm: the task given to it, its result, and its own waiting
    int64_t task_posted
    int64_t task_bytes
    int64_t task_start      # nanoseconds: of the master's slice
    bint result_is_out
    int64_t result_start    # nanoseconds: of its slice in the trace
    int64_t result_posted
    int64_t result_arrived
    int64_t result_bytes
    uint32_t result_site
    uint32_t shut_down_site
    uint32_t work_site      # of worker()
    # cycles by line: its clock without waiting when it was last noted, and where that was
    int64_t counted
    uint32_t counted_site
    int64_t idle_from       # since when it waits for a task
    # open slices, innermost last
    open_slice *open
    int32_t depth
    int32_t room
    int64_t closed_time     # nanoseconds: end of the last slice in the trace


# Cores that come to a sync or a reduce, of one generation.
cdef struct gathering:
    int64_t generation
    deed latest


# As in eptrans.recording.
cdef struct slice_row:
    int32_t core
    int32_t activity
    int64_t start
    int64_t end
    int32_t name
    int32_t site
    int32_t peer
    int32_t peer_site

cdef struct message_row:
    int32_t sender
    int32_t receiver
    int64_t posted
    int64_t arrived
    int64_t taken
    int64_t bytes
    int32_t send_site
    int32_t receive_site

cdef enum activity:
    ACTIVITY_FUNCTION = 0
    ACTIVITY_TASK = 1
    ACTIVITY_WAIT_MESSAGE = 2
    ACTIVITY_WAIT_LINK = 3

cdef enum:
    LOAD_BUCKETS = 2048

# What the links of one chip carry over time, by direction: units times hops.
cdef struct chip_load:
    bint used
    double carried[LOAD_BUCKETS][4]


# `struct ep_recorder` of core_record.h.
cdef struct recorder:
    uint32_t flags
    trail *trails           # by index of the core
    int64_t ring_mask
    binding_wait *rings     # all cores' rings in one block
    channel **channels      # a hash table, open addressing
    int64_t channel_mask
    int64_t channel_count
    gathering gatherings[5][2]
    slice_row *slices
    int64_t slice_count
    int64_t slice_room
    message_row *messages
    int64_t message_count
    int64_t message_room
    int64_t limit           # of each of the two
    int64_t lost
    # cycles by line; NULL: the program was not compiled for that
    uint64_t *block_runs
    int64_t *site_ticks     # that the runtime took there
    # the trace
    trace_sink sink
    int64_t warn_at         # bytes of text at which the user is warned; below 0: not any more
    char *warning
    double nanoseconds      # a tick
    int64_t window_start    # ticks
    int64_t window_end
    int32_t *process        # of each core
    int32_t processes
    chip_load *loads        # of each process; NULL: no trace
    int64_t bucket_ticks


cdef inline int64_t earlier(int64_t one, int64_t other) noexcept nogil:
    return one if one < other else other


cdef inline recorder *recorder_of(ep_machine *machine) noexcept nogil:
    return <recorder *>machine.recorder


cdef inline trail *trail_of(ep_core_record *core) noexcept nogil:
    return recorder_of(core.machine).trails + core.index


cdef channel *channel_of(ep_core_record *sender, ep_core_record *receiver) noexcept nogil

# An operation that may wait, from its beginning to its end. `peer`: with which core, or -1; `offset`: ticks
# from its start to that of its wait.
cdef trail *operation_begins(ep_core_record *core, int32_t name, int32_t peer) noexcept nogil
cdef void operation_ended(ep_core_record *core, int64_t offset) noexcept nogil

# Messages on a channel.
cdef posted_message *message_posted(ep_core_record *sender, ep_core_record *receiver, int64_t posted,
                                    int64_t bytes, int64_t elements) noexcept nogil
cdef void messages_taken(ep_core_record *receiver, ep_core_record *sender, int64_t elements) noexcept nogil
cdef void sends_ended(ep_core_record *sender, ep_core_record *receiver, int32_t left, int64_t last) noexcept nogil
cdef void message_noted(ep_core_record *sender, ep_core_record *receiver, const posted_message *message,
                        int64_t taken, uint32_t receive_site) noexcept nogil
# The mesh tells of messages that take longer to post than eight bytes, or longer on their way.
cdef void link_wait_noted(ep_core_record *core, int64_t wait_end, uint32_t site, int32_t name,
                          const deed *by) noexcept nogil
cdef void links_awaited(ep_core_record *core, int64_t start, int64_t waited) noexcept nogil
cdef void message_awaited(ep_core_record *receiver, ep_core_record *sender, int64_t waited) noexcept nogil
cdef void message_leaves(ep_core_record *sender, ep_core_record *receiver, int64_t posted,
                         int64_t arrives) noexcept nogil

# Slices.
cdef void slice_begins(ep_core_record *core, int32_t activity, int32_t name, int64_t start, uint32_t site,
                       int32_t peer, uint32_t peer_site) noexcept nogil
cdef void slice_ended(ep_core_record *core, int64_t time) noexcept nogil
cdef void wait_noted(ep_core_record *core, int64_t start, int64_t wait_end, uint32_t site, int32_t name,
                     const deed *by) noexcept nogil
cdef void wait_shown(ep_core_record *core, int64_t start, int64_t wait_end, uint32_t site, int32_t name,
                     int32_t peer) noexcept nogil

# Cycles by line: so many ticks are about to be added to the core's clock at a site.
cdef void clock_noted(ep_core_record *core, uint32_t site, int64_t ticks) noexcept nogil

# Before the run, after it, and when it is done with.
cdef object recorder_create(ep_machine *machine, object options)
cdef void recorder_finish(ep_machine *machine) noexcept nogil
cdef void recorder_destroy(ep_machine *machine) noexcept nogil
