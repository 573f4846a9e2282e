# host_threads.h for Cython: the locks, waiting for work, and the threads themselves.
from libc.stdint cimport int32_t, int64_t, uint32_t
from .core_record cimport ep_core_record, ep_machine, ep_ring

cdef extern from "host_threads.h" nogil:
    enum ep_hold:
        EP_HOLDS_NOTHING
        EP_HOLDS_OWN_LOCK
        EP_HOLDS_MACHINE

    struct ep_thread:
        uint32_t lock
        int32_t hold
        int32_t runs
        int64_t clock
        ep_ring *ring
        ep_ring own_ring
        int64_t own_entries
        int64_t entries_at_move
        uint32_t ticked
        int64_t idle_since
        int64_t idle_time
        int32_t number
        ep_threads *all
        int32_t started
        int32_t retired

    struct ep_threads:
        ep_machine *machine
        ep_thread *thread
        int32_t limit
        int32_t always
        int32_t begun
        int32_t wanted
        int32_t awake
        int32_t idle
        int32_t settled
        int64_t entries
        int64_t decided_at
        int64_t decided_entries
        int64_t decided_own
        int64_t decided_idle
        uint32_t decided_wakes
        uint32_t decided_turns
        int32_t doubts
        int32_t patience
        int32_t waited

    int64_t ep_nanoseconds()
    void ep_lock(uint32_t *lock)
    void ep_unlock(uint32_t *lock)
    void ep_give_own_lock(ep_thread *thread)
    void ep_hold_machine(ep_thread *thread)
    void ep_leave_machine(ep_thread *thread, int32_t hold)
    bint ep_has_ticked(const ep_thread *thread)
    uint32_t ep_ticks(const ep_threads *threads)
    void ep_count_tick(ep_threads *threads)
    uint32_t ep_news(const ep_threads *threads)
    void ep_tell_news(ep_threads *threads)
    bint ep_watch_news(ep_threads *threads, uint32_t seen, int64_t time)
    void ep_sleep_until_news(ep_threads *threads, uint32_t seen, int64_t time)
    void ep_await_recall(ep_thread *thread)
    void ep_thread_retire(ep_thread *thread, int32_t retired)
    void ep_stop_threads(ep_threads *threads)
    void ep_thread_take_signals(ep_thread *thread)
    int ep_thread_start(ep_thread *thread, void *(*run)(void *) noexcept nogil)
    void ep_threads_join(ep_threads *threads)
    ep_threads *ep_threads_create(ep_machine *machine, int32_t limit, bint always)
    void ep_threads_destroy(ep_threads *threads)


cdef inline ep_threads *threads_of(ep_machine *machine) noexcept nogil:
    """The machine's threads, or NULL where it runs on one only."""
    return <ep_threads *>machine.threads


cdef inline ep_thread *thread_of(const ep_core_record *core) noexcept nogil:
    """The thread that runs a core, of a machine that several threads share."""
    return <ep_thread *>core.thread
