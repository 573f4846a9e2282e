# host_threads.h for Cython: the lock, waiting for work, and the threads themselves.
from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t
from .core_record cimport ep_core_record, ep_machine, fiber_state

cdef extern from "host_threads.h" nogil:
    struct ep_thread:
        int32_t number
        ep_threads *all
        fiber_state main_fiber
        uint16_t *ready
        uint32_t ready_head
        uint32_t ready_tail
        uint32_t ready_seen
        uint32_t ticked
        uint64_t bound
        int64_t idle_since
        int64_t idle_time
        int32_t started
        int32_t retired

    struct ep_threads:
        ep_machine *machine
        ep_thread *thread
        int32_t limit
        int32_t always
        ep_thread *holder
        int32_t wanted
        int32_t awake
        int32_t idle
        int64_t entries
        int64_t decided_at
        int64_t decided_entries
        int64_t decided_idle
        uint32_t decided_wakes
        uint32_t decided_turns
        int32_t patience
        int32_t waited
        uint32_t news

    int64_t ep_nanoseconds()
    void ep_lock(ep_threads *threads)
    void ep_unlock(ep_threads *threads)
    bint ep_has_ticked(const ep_thread *thread)
    uint32_t ep_ticks(const ep_threads *threads)
    void ep_count_tick(ep_threads *threads)
    void ep_tell_news(ep_threads *threads)
    bint ep_watch_news(ep_threads *threads, uint32_t seen, int64_t time)
    void ep_sleep_until_news(ep_threads *threads, uint32_t seen, int64_t time)
    void ep_await_recall(ep_thread *thread)
    void ep_thread_retire(ep_thread *thread, int32_t retired)
    void ep_stop_threads(ep_threads *threads)
    void ep_thread_take_signals(ep_thread *thread)
    int ep_thread_start(ep_thread *thread, void *(*run)(void *) noexcept nogil)
    void ep_threads_join(ep_threads *threads)
    ep_threads *ep_threads_create(ep_machine *machine, int32_t limit, uint32_t ring, uint32_t *ticks,
                                  int32_t always)
    void ep_threads_destroy(ep_threads *threads)


cdef inline ep_threads *threads_of(ep_machine *machine) noexcept nogil:
    """The machine's threads, or NULL where it runs on one only."""
    return <ep_threads *>machine.threads


cdef inline ep_thread *thread_of(ep_core_record *core) noexcept nogil:
    """The thread that runs a core which has left the lock."""
    return <ep_thread *>core.thread
