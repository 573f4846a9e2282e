# threads: see threads.pxd.
from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint32_t, uint64_t
from .core_record cimport EP_DEADLOCK, EP_FINISHED, EP_GOES_ON, ep_core_record, ep_ring_count, fiber_state
from .core_record cimport ep_threads as record_threads
from .eptrans_rt cimport ep_value
from .host cimport ep_look, ep_lower, ep_raise
from .host_threads cimport (
    EP_HOLDS_MACHINE, EP_HOLDS_NOTHING, ep_await_recall, ep_give_own_lock, ep_has_ticked, ep_hold_machine,
    ep_nanoseconds, ep_news, ep_sleep_until_news, ep_stop_threads, ep_tell_news, ep_thread, ep_thread_retire, ep_thread_start,
    ep_thread_take_signals, ep_threads, ep_threads_create, ep_threads_destroy, ep_threads_join, ep_ticks, ep_watch_news,
    threads_of,
)
from .output cimport output_release
from .progress cimport progress_tick
from .scheduler cimport core_after_tick, interrupted, next_core
from .sharing cimport (
    begin_sharing, end_sharing, forget_own_lock, leave_machine, least_ready, next_of_thread, next_of_turns, send_home,
    settle, steal,
)

cdef extern from "fiber.h" nogil:
    void fiber_switch_within(fiber_state *mine, const fiber_state *other, ep_value given)

cdef enum:  # nanoseconds
    # What an entry costs more than alone while others use the machine too: the locks and the records of
    # other cores have to come from another processor's cache.
    ENTRY_COST = 250
    OWN_ENTRY_COST = 10  # the same where the thread's own lock is enough
    LEAST_BETWEEN_DECISIONS = 200000
    WATCH_BEFORE_STEALING = 20000
    WATCH_BEFORE_SLEEPING = 80000   # waking takes about a third of that
    SLEEP_BETWEEN_LOOKS = 500000

cdef enum:  # ticks
    MOST_PATIENCE = 64

# Threads that all together do less than this many would alone are not worth their while.
cdef double LEAST_GAIN = 1.2
# Of what as many threads as run now could do: above it more are tried, below it fewer are enough.
cdef double WELL_USED = 0.7
cdef double BADLY_USED = 0.4
# Of the time of one thread that entries may cost when sharing is tried.
cdef double MOST_ENTRY_TIME = 0.35


# ---- how many threads ---------------------------------------------------------------------------------------

cdef void note_decision(ep_machine *machine, int64_t now) noexcept nogil:
    """What the next decision will compare with."""
    cdef ep_threads *threads = threads_of(machine)
    threads.decided_at = now
    threads.decided_entries = threads.entries
    threads.decided_idle = idle_time(threads, now)
    threads.decided_own = own_entries(threads)
    threads.decided_wakes = machine.ring.tail
    threads.decided_turns = machine.turn_waits


cdef int64_t idle_time(ep_threads *threads, int64_t now) noexcept nogil:
    """Nanoseconds that all threads together have waited for a core to run, so far."""
    cdef int64_t total = 0
    cdef int32_t number
    for number in range(threads.limit):
        total += threads.thread[number].idle_time
        if threads.thread[number].idle_since:
            total += now - threads.thread[number].idle_since
    return total


cdef int64_t own_entries(ep_threads *threads) noexcept nogil:
    """Entries for which a thread's own lock was enough, so far."""
    cdef int64_t total = 0
    cdef int32_t number
    for number in range(threads.begun):
        total += threads.thread[number].own_entries
    return total


cdef double entry_time(ep_threads *threads) noexcept nogil:
    """Nanoseconds that the entries since the last decision have cost more than alone."""
    return (ENTRY_COST * <double>(threads.entries - threads.decided_entries)
            + OWN_ENTRY_COST * <double>(own_entries(threads) - threads.decided_own))


cdef bint costs_much(ep_machine *machine, int64_t now) noexcept nogil:
    """Whether the entries since the last decision tell enough against sharing."""
    cdef ep_threads *threads = threads_of(machine)
    return entry_time(threads) > MOST_ENTRY_TIME * (now - threads.decided_at)


cdef int32_t wanted_now(ep_machine *machine, int64_t now) noexcept nogil:
    """How many threads should share the machine, by what they have done since the last decision."""
    cdef ep_threads *threads = threads_of(machine)
    cdef double time = <double>(now - threads.decided_at)
    cdef double useful = threads.awake * time - (idle_time(threads, now) - threads.decided_idle)
    cdef double gain = (useful - entry_time(threads)) / time
    cdef int32_t most = threads.limit if threads.limit < machine.unfinished else machine.unfinished
    if gain < LEAST_GAIN:
        return 1
    if gain > WELL_USED * threads.awake and threads.awake < most:
        return 2 * threads.awake if 2 * threads.awake < most else most
    if gain < BADLY_USED * threads.awake and threads.awake > 2:
        return threads.awake // 2
    return threads.awake


cdef bint worth_a_try(ep_machine *machine, int64_t now) noexcept nogil:
    """Whether a machine that one thread runs should be shared for a while."""
    cdef ep_threads *threads = threads_of(machine)
    cdef uint32_t switches = (machine.ring.tail - threads.decided_wakes
                              + machine.turn_waits - threads.decided_turns)
    cdef uint32_t ready = ep_ring_count(&machine.ring) + machine.turn_count
    threads.waited += 1
    if threads.waited < threads.patience or machine.unfinished < 2 or ready < 2:
        return False
    return ENTRY_COST * <double>switches < MOST_ENTRY_TIME * (now - threads.decided_at)


cdef void decide(ep_machine *machine) noexcept nogil:
    """Starts or stops sharing, or changes the number of threads, where that seems to pay."""
    cdef ep_threads *threads = threads_of(machine)
    cdef int64_t now = ep_nanoseconds()
    cdef int32_t wanted = threads.wanted
    if now - threads.decided_at < LEAST_BETWEEN_DECISIONS:
        return
    if not machine.shared:
        if worth_a_try(machine, now) and begin_sharing(machine):
            wanted = 2
    elif threads.awake == threads.wanted:  # else some have not done yet what was decided last
        wanted = wanted_now(machine, now)
        if wanted == 1 and threads.doubts == 0 and not costs_much(machine, now):
            # Idle threads are thin evidence: the program may have begun with what only one core does, or another
            # process have taken a processor for a while.
            threads.doubts = 1
            wanted = threads.wanted
        elif wanted == 1:
            threads.doubts = 0
            threads.waited = 0
            threads.patience = 2 * threads.patience if threads.patience < MOST_PATIENCE else MOST_PATIENCE
        else:
            threads.doubts = 0
            if threads.patience > 1:
                threads.patience //= 2
    note_decision(machine, now)
    if wanted != threads.wanted:
        want(machine, wanted)


cdef bint start(ep_thread *thread) noexcept nogil:
    """Starts the first thread that has not begun yet. False: the computer has no room for it."""
    cdef ep_threads *threads = thread.all
    thread.lock = 1  # whoever holds the machine has it, from now on
    threads.begun += 1
    threads.awake += 1
    if ep_thread_start(thread, run_thread) == 0:
        return True
    threads.begun -= 1
    threads.awake -= 1
    return False


cdef void want(ep_machine *machine, int32_t wanted) noexcept nogil:
    """Starts threads, calls them back or lets them retire. One that cannot be started is done without."""
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *thread
    cdef int32_t number
    for number in range(1, wanted):
        thread = &threads.thread[number]
        if not thread.started:
            if not start(thread):
                wanted = number
                threads.limit = number
                break
        elif thread.retired:
            ep_thread_retire(thread, False)
            threads.awake += 1
    threads.wanted = wanted
    settle(machine, wanted)
    ep_tell_news(threads)


# ---- a thread -------------------------------------------------------------------------------------------------

cdef void wait_for_news(ep_thread *thread, int32_t round) noexcept nogil:
    """Lets go of the machine until there may be a core to run, or until it is time to look for one elsewhere.

    `round` counts the waits since the thread had one: it sleeps only after the first few.
    """
    cdef ep_threads *threads = thread.all
    cdef uint32_t seen = ep_news(threads)
    cdef int64_t start = ep_nanoseconds()
    threads.idle += 1
    thread.idle_since = start
    leave_machine(thread, EP_HOLDS_NOTHING)
    if round == 0:
        ep_watch_news(threads, seen, WATCH_BEFORE_STEALING)
    elif round == 1:
        ep_watch_news(threads, seen, WATCH_BEFORE_SLEEPING)
    else:
        ep_sleep_until_news(threads, seen, SLEEP_BETWEEN_LOOKS)
    ep_hold_machine(thread)
    threads.idle -= 1
    thread.idle_time += ep_nanoseconds() - start
    thread.idle_since = 0


cdef void retire(ep_thread *thread) noexcept nogil:
    """Lets go of the machine until this thread is wanted again. Others take over what it ran."""
    cdef ep_threads *threads = thread.all
    threads.awake -= 1
    ep_thread_retire(thread, True)
    send_home(threads.machine)
    leave_machine(thread, EP_HOLDS_NOTHING)
    ep_tell_news(threads)
    ep_await_recall(thread)
    ep_hold_machine(thread)


cdef void see_tick(ep_thread *thread) noexcept nogil:
    """Notes that the thread has seen the tick. The last to do so lowers the attention word."""
    cdef ep_threads *threads = thread.all
    cdef ep_thread *other
    cdef int32_t number
    thread.ticked = ep_ticks(threads)
    for number in range(threads.begun):
        other = &threads.thread[number]
        if other.runs >= 0 and other.ticked != thread.ticked:
            return
    ep_lower(&threads.machine.attention)


cdef ep_core_record *tick(ep_thread *thread) noexcept nogil:
    """What a thread does at a tick. The core to run next, or NULL; the machine may have ended."""
    cdef ep_threads *threads = thread.all
    cdef ep_machine *machine = threads.machine
    cdef ep_core_record *following
    cdef uint64_t bound
    see_tick(thread)
    if interrupted(machine):
        return NULL
    if not threads.always:
        decide(machine)
    if not machine.shared:
        return core_after_tick(machine)
    forget_own_lock(thread)  # so that all its cores come to run, one after the other
    if not threads.settled:
        send_home(machine)
    bound = least_ready(machine)
    if machine.turns[0] < bound:
        bound = machine.turns[0]
    if bound < UINT64_MAX:
        output_release(machine, bound)
        if machine.ending != EP_GOES_ON:
            return NULL
    progress_tick(machine)
    following = next_of_turns(thread)
    return following if following != NULL else next_of_thread(thread)


cdef void serve(ep_thread *thread) noexcept nogil:
    """Runs cores until the machine ends. The thread holds the machine, at the beginning and at the end."""
    cdef ep_threads *threads = thread.all
    cdef ep_machine *machine = threads.machine
    cdef ep_core_record *following = NULL
    cdef int32_t round = 0
    while machine.ending == EP_GOES_ON:
        if thread.number >= threads.wanted:
            retire(thread)
            continue
        if machine.shared and threads.awake == 1:
            end_sharing(machine)
            note_decision(machine, ep_nanoseconds())
        if ep_look(&machine.attention) and not (machine.shared and ep_has_ticked(thread)):
            following = tick(thread)
        else:
            following = next_of_thread(thread) if machine.shared else next_core(machine)
        if (following == NULL and round > 0 and thread.number < threads.wanted and machine.shared
                and machine.ending == EP_GOES_ON):
            following = steal(thread)
        if following != NULL:
            round = 0
            fiber_switch_within(thread.ring.main, &following.fiber, following.given)
            if thread.hold != EP_HOLDS_MACHINE:
                ep_give_own_lock(thread)
                ep_hold_machine(thread)
        elif thread.number >= threads.wanted or machine.ending != EP_GOES_ON:
            continue
        elif least_ready(machine) == UINT64_MAX:
            machine.ending = EP_FINISHED if machine.unfinished == 0 else EP_DEADLOCK
        else:
            wait_for_news(thread, round)
            round += 1


cdef void *run_thread(void *argument) noexcept nogil:
    """A thread beside the first."""
    cdef ep_thread *thread = <ep_thread *>argument
    cdef ep_threads *threads = thread.all
    ep_thread_take_signals(thread)
    ep_hold_machine(thread)
    serve(thread)
    ep_raise(&threads.machine.attention)
    ep_stop_threads(threads)
    leave_machine(thread, EP_HOLDS_NOTHING)
    return NULL


cdef void threads_run(ep_machine *machine) noexcept nogil:
    """Runs the machine on the calling thread and others until it ends; `machine.ending` tells how."""
    cdef ep_threads *threads = threads_of(machine)
    note_decision(machine, ep_nanoseconds())
    if begin_sharing(machine):
        want(machine, threads.limit if threads.always else 2)
    serve(&threads.thread[0])
    ep_raise(&threads.machine.attention)
    ep_stop_threads(threads)
    leave_machine(&threads.thread[0], EP_HOLDS_NOTHING)
    ep_threads_join(threads)
    ep_hold_machine(&threads.thread[0])
    if machine.shared:
        end_sharing(machine)


cdef bint threads_create(ep_machine *machine, int32_t limit, bint always) noexcept nogil:
    """False: no memory."""
    machine.threads = <record_threads *>ep_threads_create(machine, limit, always)
    return machine.threads != NULL


cdef void threads_destroy(ep_machine *machine) noexcept nogil:
    ep_threads_destroy(threads_of(machine))
    machine.threads = NULL
