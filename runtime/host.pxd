# host.h for Cython: stacks, ticker, signals, words that others write.
from libc.stdint cimport uint32_t

cdef extern from "host.h" nogil:
    uint32_t ep_look(const uint32_t *word)
    void ep_raise(uint32_t *word)
    void ep_lower(uint32_t *word)
    void ep_prefetch(const void *place)

    struct ep_stacks:
        pass

    struct ep_ticker:
        pass

    struct ep_signals:
        pass

    struct ep_signal_target:
        uint32_t *attention
        uint32_t *interrupted
        const ep_stacks *stacks

    void *ep_allocate_records(size_t size)
    int ep_stacks_map(ep_stacks *stacks, size_t count, size_t host_bytes, size_t emulated_bytes)
    void ep_stacks_unmap(ep_stacks *stacks)
    char *ep_stack_meet(const ep_stacks *stacks, size_t core)
    const char *ep_touched_end(const ep_stacks *stacks, const char *start, size_t size)
    int ep_ticker_start(ep_ticker *ticker, uint32_t *attention, uint32_t *ticks)
    void ep_ticker_stop(ep_ticker *ticker)
    void ep_signals_take(ep_signals *signals, ep_signal_target target)
    void ep_signals_give_back(ep_signals *signals)
