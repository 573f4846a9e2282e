# sharing: see sharing.pxd. What is here is called by who holds the machine, but for
# acquire_machine and following_on_thread.
from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport EP_GOES_ON, ep_ring, ep_ring_count, fiber_state
from .core_record cimport ep_thread as record_thread
from .eptrans_rt cimport ep_program, ep_value
from .heap cimport heap_drop, heap_drop_least, key_index, make_key
from .host cimport ep_look, ep_raise
from .host_threads cimport (
    EP_HOLDS_OWN_LOCK, ep_count_tick, ep_give_own_lock, ep_has_ticked, ep_hold_machine, ep_leave_machine, ep_tell_news,
    ep_threads, threads_of,
)
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
    # Times of holding the machine after which it is looked whether sharing still pays, without waiting for the
    # next tick.
    ENTRIES_BETWEEN_LOOKS = 4096


# ---- holding the machine ---------------------------------------------------------------------------------

cdef void acquire_machine(ep_core_record *core) noexcept nogil:
    cdef ep_thread *thread = thread_of(core)
    if thread.hold == EP_HOLDS_OWN_LOCK:
        # Who holds the machine in between must know of this core: it is in no ring.
        thread.clock = core.base.clock
        thread.runs = core.index
        ep_give_own_lock(thread)
    ep_hold_machine(thread)
    core.ring = thread.ring
    if core.machine.ending != EP_GOES_ON:
        fiber_switch_within(&core.fiber, core.ring.main, core.given)


cdef void release_machine(ep_core_record *core, int64_t time) noexcept nogil:
    cdef ep_thread *thread = thread_of(core)
    cdef ep_threads *threads = thread.all
    thread.clock = time
    thread.runs = core.index
    if threads.entries - threads.decided_entries == ENTRIES_BETWEEN_LOOKS:
        ep_raise(&core.machine.attention)
        ep_count_tick(threads)
    leave_machine(thread, EP_HOLDS_NOTHING)


cdef void leave_machine(ep_thread *thread, int32_t hold) noexcept nogil:
    """Lets others at the machine, and tells the idle if there is something for them.

    `hold`: what the thread keeps, its own lock or nothing.
    """
    cdef ep_threads *threads = thread.all
    cdef bint news = threads.idle > 0 and can_use_the_idle(threads)
    ep_leave_machine(thread, hold)
    if news:
        ep_tell_news(threads)


cdef bint can_use_the_idle(ep_threads *threads) noexcept nogil:
    """Whether an idle thread has a core that is ready, or there is a core whose turn it is."""
    cdef ep_machine *machine = threads.machine
    cdef int32_t number
    for number in range(threads.begun):
        if threads.thread[number].idle_since != 0 and ready_count(&threads.thread[number]) > 0:
            return True
    return machine.turn_count > 0 and has_turn(machine, machine.turns[0])


cdef inline uint32_t ready_count(const ep_thread *thread) noexcept nogil:
    return ep_ring_count(thread.ring) + ep_ring_count(&thread.own_ring)


# ---- whose turn it is ------------------------------------------------------------------------------------

cdef uint64_t least_elsewhere(ep_machine *machine) noexcept nogil:
    """The least key that a core may have which another thread runs now; all ones if there is none."""
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *thread
    cdef uint64_t least = UINT64_MAX
    cdef uint64_t key
    cdef int32_t number
    for number in range(threads.begun):
        thread = &threads.thread[number]
        if thread.runs >= 0:
            key = make_key(thread.clock, <uint32_t>thread.runs)
            if key < least:
                least = key
    return least


cdef uint64_t least_of_ring(const ep_ring *ring, uint64_t least) noexcept nogil:
    """The least key of the cores in a ring, or `least`, if that is less."""
    cdef uint32_t head = ring.head
    cdef uint64_t key
    cdef ep_core_record *core
    while head != ring.tail:
        core = ring.cores + ring.ready[head & ring.mask]
        key = make_key(core.base.clock, core.index)
        if key < least:
            least = key
        head += 1
    return least


cdef uint64_t least_ready(ep_machine *machine) noexcept nogil:
    """The least key of the cores in all threads' rings and of those that other threads run."""
    cdef ep_threads *threads = threads_of(machine)
    cdef uint64_t least = least_elsewhere(machine)
    cdef int32_t number
    for number in range(threads.begun):
        least = least_of_ring(threads.thread[number].ring, least)
        least = least_of_ring(&threads.thread[number].own_ring, least)
    return least


cdef bint has_turn(ep_machine *machine, uint64_t key) noexcept nogil:
    """Whether no core that is ready, or that another thread runs, can have a smaller key."""
    return key < least_elsewhere(machine) and key < least_ready(machine)


cdef ep_core_record *next_of_turns(ep_thread *thread) noexcept nogil:
    """Takes the core whose turn has come, or NULL. Only such are in the heap while threads share the machine."""
    cdef ep_machine *machine = thread.all.machine
    cdef ep_core_record *core
    while machine.turn_count > 0 and has_turn(machine, machine.turns[0]):
        core = machine.cores + key_index(machine.turns[0])
        heap_drop_least(machine.turns, &machine.turn_count)
        if not acts_parked(core):
            if thread_of(core) != thread:
                move(core, thread)
            return core
        machine.services.take_turn(core)
        if machine.ending != EP_GOES_ON:
            return NULL
        if ep_ring_count(thread.ring) > 0:
            return take_ready(thread.ring)
    return NULL


# ---- what a thread runs next -------------------------------------------------------------------------------

cdef ep_core_record *next_of_thread(ep_thread *thread) noexcept nogil:
    """Takes the core that the thread runs next, or NULL. The thread holds afterwards what that core goes on with."""
    cdef ep_core_record *core
    if ep_ring_count(thread.ring) > 0:
        return take_ready(thread.ring)
    core = next_of_turns(thread)
    if core == NULL and ep_ring_count(&thread.own_ring) > 0:
        leave_machine(thread, EP_HOLDS_OWN_LOCK)
        core = take_ready(&thread.own_ring)
    return core


cdef ep_core_record *following_on_thread(ep_core_record *core) noexcept nogil:
    """The core that its thread runs next when this one parks; NULL: its own stack has to find out."""
    cdef ep_thread *thread = thread_of(core)
    if ep_look(&core.machine.attention) and not ep_has_ticked(thread):
        return NULL
    if thread.hold == EP_HOLDS_MACHINE:
        return next_of_thread(thread)
    # To take hold of the machine the own lock has to go, and another thread might take this core, and go on with it
    # while we are still on its stack.
    return take_ready(&thread.own_ring) if ep_ring_count(&thread.own_ring) > 0 else NULL


# ---- which thread runs a core ----------------------------------------------------------------------------

cdef void forget_own_lock(ep_thread *thread) noexcept nogil:
    """All cores of a thread that would have gone on with its own lock go on with the machine held."""
    cdef ep_machine *machine = thread.all.machine
    cdef ep_core_record *core
    cdef int32_t index
    if thread.own_entries == thread.entries_at_move:
        return
    thread.entries_at_move = thread.own_entries
    for index in range(machine.count):
        core = machine.cores + index
        if thread_of(core) == thread:
            core.ring = thread.ring
    while ep_ring_count(&thread.own_ring) > 0:
        put(take_ready(&thread.own_ring))


cdef inline void put(ep_core_record *core) noexcept nogil:
    """Puts a core that is ready already into its ring."""
    core.ring.ready[core.ring.tail & core.ring.mask] = core.index
    core.ring.tail += 1


cdef void move(ep_core_record *core, ep_thread *thread) noexcept nogil:
    """Gives a core that is in no ring, and not being run, to another thread, until it is sent home."""
    forget_own_lock(thread_of(core))
    core.thread = <record_thread *>thread
    core.ring = thread.ring
    thread.all.settled = False


cdef ep_core_record *steal(ep_thread *thread) noexcept nogil:
    """Takes the first ready core of the thread that has most of them, or NULL."""
    cdef ep_threads *threads = thread.all
    cdef ep_thread *longest = thread
    cdef ep_core_record *core
    cdef int32_t number
    for number in range(threads.begun):
        if ready_count(&threads.thread[number]) > ready_count(longest):
            longest = &threads.thread[number]
    if longest == thread:
        return NULL
    forget_own_lock(longest)
    core = take_ready(longest.ring)
    move(core, thread)
    return core


cdef void settle(ep_machine *machine, int32_t count) noexcept nogil:
    """Divides the cores among the first `count` threads: neighbours, who talk most, to the same."""
    cdef int32_t index
    for index in range(machine.count):
        machine.cores[index].home = <uint16_t>(<int64_t>index * count // machine.count)
    send_home(machine)


cdef void send_home(ep_machine *machine) noexcept nogil:
    """Gives all cores that are not being run to the threads of their homes."""
    cdef ep_threads *threads = threads_of(machine)
    cdef ep_thread *home
    cdef ep_core_record *core
    cdef int32_t index, number
    threads.settled = True
    for number in range(threads.begun):
        forget_own_lock(&threads.thread[number])
    for index in range(machine.count):
        core = machine.cores + index
        home = &threads.thread[core.home]
        if thread_of(core) != home:
            if is_computing(core):
                threads.settled = False
            else:
                core.thread = <record_thread *>home
                core.ring = home.ring
    for number in range(threads.begun):
        sort_out(threads.thread[number].ring)


cdef void sort_out(ep_ring *ring) noexcept nogil:
    """Moves the cores of a ring to their own rings."""
    cdef uint32_t count = ep_ring_count(ring)
    while count > 0:
        put(take_ready(ring))
        count -= 1


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
# all, and may come at any time. The plain one and that for links that are watched both serve every machine that
# does not share, each most quickly those that it was made for.

cdef const ep_runtime *plain_entries
cdef const ep_runtime *watching_entries
cdef const ep_runtime *locking_entries
cdef const ep_runtime *recorded_entries
cdef pthread_mutex_t running_mutex
cdef ep_machine *first_running = NULL
cdef uint64_t no_turn_at_once = 0

pthread_mutex_init(&running_mutex, NULL)


cdef void sharing_set_tables(const ep_runtime *plain, const ep_runtime *watching, const ep_runtime *locking,
                             const ep_runtime *recorded) noexcept nogil:
    global plain_entries, watching_entries, locking_entries, recorded_entries
    plain_entries = plain
    watching_entries = watching
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


cdef inline const ep_runtime *unshared_entries(const ep_machine *machine) noexcept nogil:
    """Those that are quickest for a machine that runs on one thread and is not recorded."""
    return plain_entries if machine.direct else watching_entries


cdef void begin_running(ep_machine *machine) noexcept nogil:
    """The machine will run its program, which has just been loaded or is running on another machine."""
    global first_running
    pthread_mutex_lock(&running_mutex)
    set_table(machine, recorded_entries if machine.recorder != NULL else unshared_entries(machine))
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
    """From now on entries lock. Cores that are in an entry now let go of the machine after their next.

    False: another machine runs the program, with entries that do not lock.
    """
    cdef bint done
    cdef int32_t index
    pthread_mutex_lock(&running_mutex)
    done = set_table(machine, locking_entries)
    pthread_mutex_unlock(&running_mutex)
    if done:
        machine.least = &no_turn_at_once
        machine.shared = 1
        ring_heap_of_ready(machine)
        for index in range(machine.count):
            machine.cores[index].thread = <record_thread *>threads_of(machine).thread
            machine.cores[index].ring = &machine.ring
    return done


cdef void end_sharing(ep_machine *machine) noexcept nogil:
    """The first thread holds the machine from now on: no other runs a core, and all cores are its own."""
    machine.shared = 0
    machine.least = machine.turns
    forget_own_lock(threads_of(machine).thread)
    pthread_mutex_lock(&running_mutex)
    set_table(machine, unshared_entries(machine))
    pthread_mutex_unlock(&running_mutex)
