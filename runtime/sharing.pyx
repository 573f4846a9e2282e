# sharing: see sharing.pxd. What is here runs under the lock, but for the first
# line of acquire_machine.
from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport EP_GOES_ON, fiber_state
from .core_record cimport ep_thread as record_thread
from .eptrans_rt cimport ep_program, ep_value
from .heap cimport heap_drop, heap_drop_least, key_index, make_key
from .host cimport ep_raise
from .host_threads cimport ep_count_tick, ep_has_ticked, ep_lock, ep_tell_news, ep_thread, ep_threads, ep_unlock, thread_of, threads_of
from .scheduler cimport acts_parked, awaits_turn, make_ready, take_ready

cdef extern from "fiber.h" nogil:
    void fiber_switch_within(fiber_state *mine, const fiber_state *other, ep_value given)

cdef extern from "<pthread.h>" nogil:
    ctypedef struct pthread_mutex_t:
        pass
    int pthread_mutex_init(pthread_mutex_t *mutex, void *attributes)
    int pthread_mutex_lock(pthread_mutex_t *mutex)
    int pthread_mutex_unlock(pthread_mutex_t *mutex)

cdef enum:
    # Entries after which it is looked whether sharing still pays, without waiting for the next tick.
    ENTRIES_BETWEEN_LOOKS = 4096


# ---- the lock ------------------------------------------------------------------------------------------

cdef void take_over(ep_thread *thread) noexcept nogil:
    """The thread has the lock now: the machine's own fields are what is this thread's."""
    cdef ep_machine *machine = thread.all.machine
    thread.all.holder = thread
    thread.bound = UINT64_MAX
    machine.main_fiber = &thread.main_fiber
    machine.ready = thread.ready
    machine.ready_head = thread.ready_head
    machine.ready_tail = thread.ready_tail
    thread.ready_seen = thread.ready_tail


cdef void hand_over(ep_thread *thread) noexcept nogil:
    """The thread is about to give the lock back: keeps what is its own, and gives others what is theirs."""
    cdef ep_threads *threads = thread.all
    cdef ep_machine *machine = threads.machine
    cdef bint news = False
    if machine.ready_tail != thread.ready_seen:
        news = deal_out(thread)
    thread.ready_head = machine.ready_head
    thread.ready_tail = machine.ready_tail
    if threads.idle > 0 and (news or (machine.turn_count > 0 and has_turn(machine, machine.turns[0]))):
        ep_tell_news(threads)


cdef bint deal_out(ep_thread *thread) noexcept nogil:
    """Moves the cores that came into this thread's ring to the rings of their homes. Whether there were any."""
    cdef ep_machine *machine = thread.all.machine
    cdef uint32_t mask = machine.ready_mask
    cdef uint32_t place = thread.ready_seen
    cdef uint32_t kept
    cdef ep_thread *home
    cdef uint16_t index
    cdef bint moved = False
    if <int32_t>(machine.ready_head - place) > 0:
        place = machine.ready_head
    kept = place
    while place != machine.ready_tail:
        index = machine.ready[place & mask]
        place += 1
        home = &thread.all.thread[machine.cores[index].home]
        if home == thread:
            machine.ready[kept & mask] = index
            kept += 1
        else:
            home.ready[home.ready_tail & mask] = index
            home.ready_tail += 1
            moved = True
    machine.ready_tail = kept
    return moved


cdef void acquire_machine(ep_core_record *core) noexcept nogil:
    cdef ep_machine *machine = core.machine
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *thread = thread_of(core)
    ep_lock(threads)
    threads.entries += 1
    take_over(thread)
    core.locked = True
    if machine.ending != EP_GOES_ON:
        fiber_switch_within(&core.fiber, machine.main_fiber, core.given)


cdef void release_machine(ep_core_record *core) noexcept nogil:
    cdef ep_machine *machine = core.machine
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *thread = threads.holder
    thread.bound = make_key(core.base.clock, core.index)
    core.thread = <record_thread *>thread
    core.locked = False
    if threads.entries - threads.decided_entries == ENTRIES_BETWEEN_LOOKS:
        ep_raise(&machine.attention)
        ep_count_tick(threads)
    hand_over(thread)
    ep_unlock(threads)


# ---- whose turn it is ------------------------------------------------------------------------------------

cdef uint64_t least_elsewhere(ep_machine *machine) noexcept nogil:
    """The least key that a core may have which another thread runs now; all ones if there is none."""
    cdef ep_threads *threads = threads_of(machine)
    cdef uint64_t least = UINT64_MAX
    cdef int32_t number
    for number in range(threads.limit):
        if threads.thread[number].bound < least:
            least = threads.thread[number].bound
    return least


cdef uint64_t least_of_ring(ep_machine *machine, const uint16_t *ready, uint32_t head, uint32_t tail) noexcept nogil:
    cdef uint64_t least = UINT64_MAX
    cdef uint64_t key
    cdef ep_core_record *core
    while head != tail:
        core = machine.cores + ready[head & machine.ready_mask]
        key = make_key(core.base.clock, core.index)
        if key < least:
            least = key
        head += 1
    return least


cdef uint64_t least_ready(ep_machine *machine) noexcept nogil:
    """The least key of the cores in all threads' rings and of those that other threads run."""
    cdef ep_threads *threads = threads_of(machine)
    cdef uint64_t least = least_of_ring(machine, machine.ready, machine.ready_head, machine.ready_tail)
    cdef uint64_t other = least_elsewhere(machine)
    cdef ep_thread *thread
    cdef int32_t number
    if other < least:
        least = other
    for number in range(threads.limit):
        thread = &threads.thread[number]
        if thread != threads.holder:
            other = least_of_ring(machine, thread.ready, thread.ready_head, thread.ready_tail)
            if other < least:
                least = other
    return least


cdef bint has_turn(ep_machine *machine, uint64_t key) noexcept nogil:
    """Whether no core that is ready, or that another thread runs, can have a smaller key."""
    return key < least_elsewhere(machine) and key < least_ready(machine)


cdef ep_core_record *next_of_turns(ep_machine *machine) noexcept nogil:
    """Takes the core whose turn has come, or NULL. Only such are in the heap while threads share the machine."""
    cdef ep_core_record *core
    while machine.turn_count > 0 and has_turn(machine, machine.turns[0]):
        core = machine.cores + key_index(machine.turns[0])
        heap_drop_least(machine.turns, &machine.turn_count)
        if not acts_parked(core):
            return core
        machine.services.take_turn(core)
        if machine.ending != EP_GOES_ON:
            return NULL
        if machine.ready_head != machine.ready_tail:
            return take_ready(machine)
    return NULL


cdef bint goes_on_at_tick(ep_machine *machine) noexcept nogil:
    """Whether the thread that holds the lock has seen the tick for which the attention word is raised."""
    return ep_has_ticked(threads_of(machine).holder)


# ---- which thread runs a core ----------------------------------------------------------------------------

cdef ep_core_record *steal(ep_thread *thread) noexcept nogil:
    """Takes the first core of the longest ring of the others, for good, or NULL."""
    cdef ep_threads *threads = thread.all
    cdef ep_thread *other
    cdef ep_thread *longest = NULL
    cdef ep_core_record *core
    cdef int32_t number
    for number in range(threads.limit):
        other = &threads.thread[number]
        if (other != thread and other.ready_tail != other.ready_head
                and (longest == NULL or other.ready_tail - other.ready_head > longest.ready_tail - longest.ready_head)):
            longest = other
    if longest == NULL:
        return NULL
    core = threads.machine.cores + longest.ready[longest.ready_head & threads.machine.ready_mask]
    longest.ready_head += 1
    core.home = <uint16_t>thread.number
    return core


cdef void settle(ep_machine *machine, int32_t count) noexcept nogil:
    """Divides the cores among the first `count` threads: neighbours, who talk most, to the same."""
    cdef int32_t index
    for index in range(machine.count):
        machine.cores[index].home = <uint16_t>(<int64_t>index * count // machine.count)
    # The holder's ring is dealt out when it gives the lock back.
    threads_of(machine).holder.ready_seen = machine.ready_head


cdef void gather_ready(ep_machine *machine) noexcept nogil:
    """Puts the ready cores of all threads into the holder's ring."""
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *thread
    cdef int32_t number
    for number in range(threads.limit):
        thread = &threads.thread[number]
        while thread != threads.holder and thread.ready_head != thread.ready_tail:
            machine.ready[machine.ready_tail & machine.ready_mask] = thread.ready[thread.ready_head
                                                                                  & machine.ready_mask]
            machine.ready_tail += 1
            thread.ready_head += 1


cdef void ring_heap_of_ready(ep_machine *machine) noexcept nogil:
    """Moves the cores that wait for no turn from the heap to the ring."""
    cdef int32_t place = 0
    cdef ep_core_record *core
    while place < machine.turn_count:
        core = machine.cores + key_index(machine.turns[place])
        if awaits_turn(core):
            place += 1
        else:
            heap_drop(machine.turns, &machine.turn_count, place)
            make_ready(core)
            place = 0


# ---- one thread or several ----------------------------------------------------------------------------------
# A loaded program has one table of entries, and several machines may run it at once. The one that locks serves
# those that do not share as well, but nobody puts the plain one in its place while another machine reads it. The
# recorded one stands on the one that locks and does nothing more for a machine that is not recorded: it serves
# all, and may come at any time.

cdef const ep_runtime *plain_entries
cdef const ep_runtime *locking_entries
cdef const ep_runtime *recorded_entries
cdef pthread_mutex_t running_mutex
cdef ep_machine *first_running = NULL
cdef uint64_t no_turn_at_once = 0

pthread_mutex_init(&running_mutex, NULL)


cdef void sharing_set_tables(const ep_runtime *plain, const ep_runtime *locking,
                             const ep_runtime *recorded) noexcept nogil:
    global plain_entries, locking_entries, recorded_entries
    plain_entries = plain
    locking_entries = locking
    recorded_entries = recorded


cdef bint set_table(ep_machine *machine, const ep_runtime *table) noexcept nogil:
    """Gives the program this table, or leaves it the recorded one. False: it has another, which another machine
    runs it with. Under the mutex."""
    cdef const ep_program *program = machine.program
    cdef const ep_runtime *present = (<const ep_runtime **>program.runtime)[0]
    cdef ep_machine *one = first_running
    while one != NULL and table != recorded_entries:
        if one != machine and one.program == program:
            return present == table or present == recorded_entries
        one = one.next_running
    (<const ep_runtime **>program.runtime)[0] = table
    return True


cdef void begin_running(ep_machine *machine) noexcept nogil:
    """The machine will run its program, which has just been loaded or is running on another machine."""
    global first_running
    pthread_mutex_lock(&running_mutex)
    set_table(machine, recorded_entries if machine.recorder != NULL else plain_entries)
    machine.next_running = first_running
    first_running = machine
    pthread_mutex_unlock(&running_mutex)


cdef void end_running(ep_machine *machine) noexcept nogil:
    """The machine runs no more. Nothing, if it never did."""
    cdef ep_machine **link = &first_running
    pthread_mutex_lock(&running_mutex)
    while link[0] != NULL and link[0] != machine:
        link = &link[0].next_running
    if link[0] != NULL:
        link[0] = machine.next_running
    pthread_mutex_unlock(&running_mutex)


cdef bint begin_sharing(ep_machine *machine) noexcept nogil:
    """From now on entries take the lock. Cores that are in an entry now give it back after their next.

    False: another machine runs the program, with entries that do not lock.
    """
    cdef bint done
    pthread_mutex_lock(&running_mutex)
    done = set_table(machine, locking_entries)
    pthread_mutex_unlock(&running_mutex)
    if done:
        machine.least = &no_turn_at_once
        machine.shared = 1
        ring_heap_of_ready(machine)
    return done


cdef void end_sharing(ep_machine *machine) noexcept nogil:
    """The calling thread owns the machine from now on: no other runs a core."""
    machine.shared = 0
    machine.least = machine.turns
    gather_ready(machine)
    pthread_mutex_lock(&running_mutex)
    set_table(machine, plain_entries)
    pthread_mutex_unlock(&running_mutex)
