/* host.h: what the machine asks of the operating system.
 *
 * One mapping for the stacks of all cores, a thread that raises the attention
 * word every few milliseconds, signal handlers for the time of a run, and the
 * atomic look at a word that others write. Errors are returned as errno values.
 */
#ifndef EPTRANS_HOST_H
#define EPTRANS_HOST_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "eptrans_rt.h"
#include "host_clock.h"

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

#define EP_FIRST_TICK_NANOSECONDS 1000000 /* soon: the machine learns whether more host threads pay */
#define EP_TICK_NANOSECONDS 5000000
#define EP_SIGNAL_STACK_BYTES 65536

/* ---- words that another thread or a signal handler writes ---------------------- */

static inline uint32_t ep_look(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void ep_raise(uint32_t *word)
{
    __atomic_store_n(word, 1, __ATOMIC_RELAXED);
}

static inline void ep_lower(uint32_t *word)
{
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
}

static inline void ep_prefetch(const void *place)
{
    __builtin_prefetch(place);
}

/* ---- stacks ---------------------------------------------------------------------- */

/* Each core has `stride` bytes: a guard page, the host stack that grows down from
 * `host_bytes` on, and right above it, in the same page where both begin, the
 * emulated stack that grows up. The stride is an odd number of pages and the place
 * where the two meet is shifted by 64 bytes a core, so that equal frames of many
 * cores do not fall into the same cache sets. It never comes so near to the page's
 * beginning that a core in a few calls uses two pages: a processor knows the
 * places of about 4,096. */
struct ep_stacks {
    char *base;
    size_t page, stride, host_bytes, emulated_bytes;
    size_t count;
};

#define EP_STAGGER_FIRST 1024
#define EP_STAGGER_STEPS 48

static inline char *ep_stack_meet(const struct ep_stacks *stacks, size_t core)
{
    return stacks->base + core * stacks->stride + stacks->page + stacks->host_bytes
           + EP_STAGGER_FIRST + 64 * (core % EP_STAGGER_STEPS);
}

#if defined(__linux__) && !defined(MADV_GUARD_INSTALL)
#define MADV_GUARD_INSTALL 102 /* Linux 6.13: a guard that does not split the mapping */
#endif

/* The page after the last core guards its emulated stack. Guards are a net, not a rule:
 * where the system has no more room for mappings the run goes on without them. */
static inline void ep_stacks_guard(const struct ep_stacks *stacks)
{
    size_t core = 0;
#ifdef MADV_GUARD_INSTALL
    while (core <= stacks->count
           && madvise(stacks->base + core * stacks->stride, stacks->page, MADV_GUARD_INSTALL) == 0)
        core++;
#endif
    while (core <= stacks->count && mprotect(stacks->base + core * stacks->stride, stacks->page, PROT_NONE) == 0)
        core++;
}

static inline int ep_stacks_map(struct ep_stacks *stacks, size_t count, size_t host_bytes, size_t emulated_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used, pages;
    host_bytes = (host_bytes + page - 1) / page * page; /* for the place where the two meet, see above */
    used = host_bytes + emulated_bytes + EP_STAGGER_FIRST + 64 * EP_STAGGER_STEPS;
    pages = (used + page - 1) / page + 1;
    stacks->page = page;
    stacks->stride = (pages | 1) * page;
    stacks->host_bytes = host_bytes;
    stacks->emulated_bytes = emulated_bytes;
    stacks->count = count;
    stacks->base = (char *)mmap(NULL, count * stacks->stride + page, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks->base == (char *)MAP_FAILED) {
        stacks->base = NULL;
        return errno;
    }
#ifdef MADV_NOHUGEPAGE
    /* A huge page for each core's few touched bytes would be 2 MiB a core. */
    madvise(stacks->base, count * stacks->stride, MADV_NOHUGEPAGE);
#endif
    ep_stacks_guard(stacks);
    return 0;
}

static inline void ep_stacks_unmap(struct ep_stacks *stacks)
{
    if (stacks->base)
        munmap(stacks->base, stacks->count * stacks->stride + stacks->page);
    stacks->base = NULL;
}

/* The end of the part of [start, start + bytes), in the stacks, that was touched without a gap from
 * its beginning on, at most. Asks page by page: few are touched, and one question about all pages takes
 * time for each of them. */
static inline const char *ep_touched_end(const struct ep_stacks *stacks, const char *start, size_t bytes)
{
    const char *end = stacks->base + ((size_t)(start - stacks->base) / stacks->page + 1) * stacks->page;
#if defined(__linux__)
    unsigned char resident = 1;
    while (end < start + bytes && mincore((void *)end, stacks->page, &resident) == 0 && (resident & 1))
        end += stacks->page;
#else
    end = start + bytes;
#endif
    return end < start + bytes ? end : start + bytes;
}

/* ---- records of cores ------------------------------------------------------------------------------- */

#define EP_HUGE_PAGE ((size_t)2 << 20)

/* Memory for the cores' records, all zero, or NULL; free() ends it. Those of thousands lie in one huge page
 * where the system has them: then the processor's table of pages is left to their stacks. */
static inline void *ep_allocate_records(size_t bytes)
{
    void *records = NULL;
    int is_huge = bytes > EP_HUGE_PAGE / 4;
    size_t alignment = is_huge ? EP_HUGE_PAGE : 64;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (posix_memalign(&records, alignment, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (is_huge)
        madvise(records, bytes, MADV_HUGEPAGE);
#endif
    return memset(records, 0, bytes);
}

/* ---- the ticker -------------------------------------------------------------------- */

struct ep_ticker {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    uint32_t *attention, *ticks; /* to be raised, to be counted up */
    int stop, started;
};

static inline void *ep_ticker_run(void *argument)
{
    struct ep_ticker *ticker = (struct ep_ticker *)argument;
    int64_t wait = EP_FIRST_TICK_NANOSECONDS;
    pthread_mutex_lock(&ticker->mutex);
    while (!ticker->stop) {
        if (ep_wait_for(&ticker->wake, &ticker->mutex, wait) == ETIMEDOUT) { /* a late tick is not made up for */
            ep_raise(ticker->attention);
            __atomic_add_fetch(ticker->ticks, 1, __ATOMIC_RELAXED);
            wait = EP_TICK_NANOSECONDS;
        }
    }
    pthread_mutex_unlock(&ticker->mutex);
    return NULL;
}

static inline int ep_ticker_start(struct ep_ticker *ticker, uint32_t *attention, uint32_t *ticks)
{
    sigset_t all, old;
    int problem;
    ticker->attention = attention;
    ticker->ticks = ticks;
    ticker->stop = 0;
    pthread_mutex_init(&ticker->mutex, NULL);
    ep_condition_init(&ticker->wake);
    sigfillset(&all); /* signals are for the thread that runs the machine */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    problem = pthread_create(&ticker->thread, NULL, ep_ticker_run, ticker);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    ticker->started = problem == 0;
    return problem;
}

static inline void ep_ticker_stop(struct ep_ticker *ticker)
{
    if (!ticker->started)
        return;
    pthread_mutex_lock(&ticker->mutex);
    ticker->stop = 1;
    pthread_cond_signal(&ticker->wake);
    pthread_mutex_unlock(&ticker->mutex);
    pthread_join(ticker->thread, NULL);
    pthread_cond_destroy(&ticker->wake);
    pthread_mutex_destroy(&ticker->mutex);
    ticker->started = 0;
}

/* ---- signals --------------------------------------------------------------------------
 * Only a run in the process's main thread takes them over, so that one at a time does. A
 * handler finds its run by these; everything else belongs to a machine. */

struct ep_signals {
    struct sigaction old_interrupt, old_segment, old_bus;
    stack_t old_stack;
    void *stack;
    int interrupt_taken, taken;
};

struct ep_signal_target {
    uint32_t *attention, *interrupted;
    const struct ep_stacks *stacks;
};
static struct ep_signal_target ep_signal_target EP_UNUSED;
static struct ep_signals *ep_signals_taken EP_UNUSED;

static inline void ep_on_interrupt(int number)
{
    (void)number;
    ep_raise(ep_signal_target.interrupted);
    ep_raise(ep_signal_target.attention);
}

/* A net under the emulated stack's own check: says what happened and ends the process. Any
 * other bad access goes to whoever handled it before. */
static inline void ep_on_bad_access(int number, siginfo_t *info, void *context)
{
    static const char message[] =
        "eptrans: internal error: a core ran over the end of its host stack; please report this program\n";
    const struct ep_stacks *stacks = ep_signal_target.stacks;
    const char *place = (const char *)info->si_addr;
    (void)context;
    if (place >= stacks->base && place < stacks->base + stacks->count * stacks->stride + stacks->page) {
        if (write(2, message, sizeof message - 1) < 0)
            _exit(2);
        _exit(1);
    }
    sigaction(number, number == SIGBUS ? &ep_signals_taken->old_bus : &ep_signals_taken->old_segment, NULL);
}

static inline void ep_signals_take(struct ep_signals *signals, struct ep_signal_target target)
{
    struct sigaction action;
    stack_t stack;
    memset(signals, 0, sizeof *signals);
    signals->stack = malloc(EP_SIGNAL_STACK_BYTES);
    if (!signals->stack)
        return;
    ep_signal_target = target;
    ep_signals_taken = signals;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = signals->stack;
    stack.ss_size = EP_SIGNAL_STACK_BYTES;
    sigaltstack(&stack, &signals->old_stack);
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    /* No SA_RESTART: a read or a write that waits must notice. */
    action.sa_flags = SA_ONSTACK;
    action.sa_handler = ep_on_interrupt;
    sigaction(SIGINT, NULL, &signals->old_interrupt);
    if (signals->old_interrupt.sa_handler != SIG_IGN) { /* as it is for jobs in the background */
        sigaction(SIGINT, &action, NULL);
        signals->interrupt_taken = 1;
    }
    action.sa_flags = SA_ONSTACK | SA_SIGINFO;
    action.sa_sigaction = ep_on_bad_access;
    sigaction(SIGSEGV, &action, &signals->old_segment);
    sigaction(SIGBUS, &action, &signals->old_bus);
    signals->taken = 1;
}

static inline void ep_signals_give_back(struct ep_signals *signals)
{
    if (!signals->taken)
        return;
    if (signals->interrupt_taken)
        sigaction(SIGINT, &signals->old_interrupt, NULL);
    sigaction(SIGSEGV, &signals->old_segment, NULL);
    sigaction(SIGBUS, &signals->old_bus, NULL);
    sigaltstack(&signals->old_stack, NULL);
    free(signals->stack);
    signals->taken = 0;
}

#endif /* EPTRANS_HOST_H */
