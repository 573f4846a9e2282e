/* host_threads.h: the host threads that run one machine's cores, as far as the
 * operating system is concerned: their locks, waiting for work, and starting and
 * joining threads.
 *
 * Each thread has a lock of its own, for its rings of ready cores and the records of
 * the cores it runs. Whoever takes the machine's lock takes those of all threads
 * besides: who "holds the machine" may touch everything, and nobody else anything.
 *
 * The locks are made of atomic operations because they belong to a thread across
 * switches of fibers, which a pthread mutex does not promise to allow.
 */
#ifndef EPTRANS_HOST_THREADS_H
#define EPTRANS_HOST_THREADS_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core_record.h"
#include "host_clock.h"

#define EP_SPINS_BEFORE_YIELD 2000
#define EP_YIELDS_BEFORE_SLEEP 50
#define EP_LOCK_SLEEP_NANOSECONDS 50000
#define EP_SPINS_FOR_CLAIM 64 /* about as long as another processor takes to see that a lock is free */
#define EP_THREAD_SIGNAL_STACK 65536

struct ep_threads;

/* What a thread holds. */
enum ep_hold { EP_HOLDS_NOTHING = 0, EP_HOLDS_OWN_LOCK, EP_HOLDS_MACHINE };

struct ep_thread {
    uint32_t lock;
    uint32_t claimed; /* not 0: whoever wants to hold the machine waits for this lock */
    int32_t hold;     /* an ep_hold; the thread itself looks at it, no other */

    /* under its lock */
    int32_t runs;            /* index of the core that it runs, which holds nothing; -1: none */
    int64_t clock;           /* that core's, when it let go; it is not less now */
    int64_t own_entries;     /* times that the lock was taken for an entry of the runtime */
    int32_t passes;          /* of them, those while somebody stood in `ring`, since the machine was held last */
    int64_t entries_at_move; /* how many those were when no core was left that goes on with this lock alone */
    struct ep_ring own_ring; /* ready cores that go on with this lock alone */
    struct ep_ring *ring;    /* ready cores that go on with the machine held: the next one, or the machine's */
    struct ep_ring other_ring;

    /* its own, and of who holds the machine */
    struct fiber_state main_fiber; /* of its own stack while it runs cores; that of the first is the machine's */
    uint32_t ticked;          /* the last tick that it has seen */
    int64_t idle_since;       /* nanoseconds; 0: not idle */
    int64_t idle_time;        /* nanoseconds, of idle times that are over */

    int32_t number; /* 0: the thread that called for the run */
    struct ep_threads *all;
    int32_t started;
    pthread_t id;
    void *signal_stack;
    int32_t retired; /* under the mutex of all */
} __attribute__((aligned(128)));

struct ep_threads {
    struct ep_machine *machine;
    struct ep_thread *thread; /* `limit` of them */
    uint16_t *rings; /* places of all rings but the machine's */
    int32_t limit;
    int32_t always; /* for tests: all threads share all the time, whether it pays or not */

    uint32_t lock __attribute__((aligned(128))); /* the machine's */

    /* touched only by who holds the machine */
    int32_t begun;  /* threads that were started, retired ones among them */
    int32_t wanted; /* threads from this number on retire when they come to it */
    int32_t awake;  /* threads that are started and not retired */
    int32_t idle;   /* of those, threads that wait for a core to run */
    int32_t settled; /* each core's thread is its home */
    int64_t entries; /* times that the machine was taken hold of */

    /* what the last decision was made from, and when another one is due: threads.pyx */
    int64_t decided_at, decided_entries, decided_own, decided_idle; /* nanoseconds, entries, entries, nanoseconds */
    uint32_t decided_wakes, decided_turns;
    int32_t doubts; /* not 0: the last measurement spoke against sharing */
    int32_t patience, waited; /* ticks to run on one thread before sharing is tried again; ticks so far */

    /* read without the lock */
    uint32_t news __attribute__((aligned(128))); /* counts what the idle wait for */
    uint32_t sleepers;
    uint32_t *ticks; /* the machine's count */
    pthread_mutex_t mutex;
    pthread_cond_t work, recall; /* for the idle, for the retired */
    int32_t ended; /* under the mutex, as is `retired` of a thread */
};

static inline void ep_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* ---- the locks ------------------------------------------------------------------------ */

EP_COLD EP_UNUSED static void ep_lock_contended(uint32_t *lock)
{
    struct timespec nap = {0, EP_LOCK_SLEEP_NANOSECONDS};
    for (int tries = 0;; tries++) {
        for (int spin = 0; spin < EP_SPINS_BEFORE_YIELD; spin++) {
            if (__atomic_load_n(lock, __ATOMIC_RELAXED) == 0 && __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0)
                return;
            ep_pause();
        }
        /* The holder has lost its processor, or waits for input or for a slow reader of the output. */
        if (tries < EP_YIELDS_BEFORE_SLEEP)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
}

static inline void ep_lock(uint32_t *lock)
{
    if (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0)
        ep_lock_contended(lock);
}

static inline void ep_unlock(uint32_t *lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

/* The thread's own lock. It gives way for a moment to who wants to hold the machine: taken and given back
 * all the time, the lock would hardly ever be seen free from another processor. */
static inline void ep_take_own_lock(struct ep_thread *thread)
{
    for (int spin = 0; spin < EP_SPINS_FOR_CLAIM && __atomic_load_n(&thread->claimed, __ATOMIC_RELAXED); spin++)
        ep_pause();
    ep_lock(&thread->lock);
    thread->hold = EP_HOLDS_OWN_LOCK;
}

static inline void ep_give_own_lock(struct ep_thread *thread)
{
    thread->hold = EP_HOLDS_NOTHING;
    ep_unlock(&thread->lock);
}

EP_COLD EP_UNUSED static void ep_claim(struct ep_thread *thread)
{
    __atomic_store_n(&thread->claimed, 1, __ATOMIC_RELAXED);
    ep_lock_contended(&thread->lock);
    __atomic_store_n(&thread->claimed, 0, __ATOMIC_RELAXED);
}

/* The thread must hold nothing, and be on a stack that no other thread can go on with meanwhile. */
static inline void ep_hold_machine(struct ep_thread *thread)
{
    struct ep_threads *threads = thread->all;
    ep_lock(&threads->lock);
    for (int32_t number = 0; number < threads->begun; number++)
        if (__atomic_exchange_n(&threads->thread[number].lock, 1, __ATOMIC_ACQUIRE) != 0)
            ep_claim(&threads->thread[number]);
    threads->entries++;
    thread->hold = EP_HOLDS_MACHINE;
    thread->runs = -1;
    thread->passes = 0;
}

/* `hold`: what the thread keeps, its own lock or nothing. */
static inline void ep_leave_machine(struct ep_thread *thread, int32_t hold)
{
    struct ep_threads *threads = thread->all;
    thread->hold = hold;
    for (int32_t number = 0; number < threads->begun; number++)
        if (hold == EP_HOLDS_NOTHING || number != thread->number)
            ep_unlock(&threads->thread[number].lock);
    ep_unlock(&threads->lock);
}

/* ---- ticks ------------------------------------------------------------------------------ */

/* The attention word stays raised until every thread that runs a core has seen the tick: whether this one
 * has, and the count of the ticks. */
static inline uint32_t ep_ticks(const struct ep_threads *threads)
{
    return __atomic_load_n(threads->ticks, __ATOMIC_RELAXED);
}

static inline int ep_has_ticked(const struct ep_thread *thread)
{
    return thread->ticked == ep_ticks(thread->all);
}

static inline void ep_count_tick(struct ep_threads *threads)
{
    __atomic_add_fetch(threads->ticks, 1, __ATOMIC_RELAXED);
}

/* ---- waiting for work ------------------------------------------------------------------- */

/* How much was told so far: to be asked for while the machine is held. */
static inline uint32_t ep_news(const struct ep_threads *threads)
{
    return __atomic_load_n(&threads->news, __ATOMIC_ACQUIRE);
}

/* Tells the idle that there may be a core to run. */
static inline void ep_tell_news(struct ep_threads *threads)
{
    __atomic_add_fetch(&threads->news, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&threads->sleepers, __ATOMIC_SEQ_CST) == 0)
        return;
    pthread_mutex_lock(&threads->mutex);
    pthread_cond_broadcast(&threads->work);
    pthread_mutex_unlock(&threads->mutex);
}

/* Holding nothing: watches for other news than those seen, for so many nanoseconds. Whether there are any. */
static inline int ep_watch_news(struct ep_threads *threads, uint32_t seen, int64_t time)
{
    int64_t until = ep_nanoseconds() + time;
    do {
        for (int spin = 0; spin < 64; spin++) {
            if (__atomic_load_n(&threads->news, __ATOMIC_ACQUIRE) != seen)
                return 1;
            ep_pause();
        }
    } while (ep_nanoseconds() < until);
    return 0;
}

/* The same, asleep. */
static inline void ep_sleep_until_news(struct ep_threads *threads, uint32_t seen, int64_t time)
{
    pthread_mutex_lock(&threads->mutex);
    __atomic_add_fetch(&threads->sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&threads->news, __ATOMIC_SEQ_CST) == seen
           && ep_wait_for(&threads->work, &threads->mutex, time) == 0)
        ;
    __atomic_sub_fetch(&threads->sleepers, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&threads->mutex);
}

/* Holding nothing: a retired thread sleeps until it is called back, or the machine has ended. */
static inline void ep_await_recall(struct ep_thread *thread)
{
    struct ep_threads *threads = thread->all;
    pthread_mutex_lock(&threads->mutex);
    while (thread->retired && !threads->ended)
        pthread_cond_wait(&threads->recall, &threads->mutex);
    pthread_mutex_unlock(&threads->mutex);
}

/* Sends a thread to sleep at its next ep_await_recall, or ends that sleep. */
static inline void ep_thread_retire(struct ep_thread *thread, int32_t retired)
{
    pthread_mutex_lock(&thread->all->mutex);
    thread->retired = retired;
    if (!retired)
        pthread_cond_broadcast(&thread->all->recall);
    pthread_mutex_unlock(&thread->all->mutex);
}

/* Holding the machine, once it has ended and its attention word is raised: every thread comes to its end
 * as soon as it looks. */
static inline void ep_stop_threads(struct ep_threads *threads)
{
    ep_count_tick(threads);
    pthread_mutex_lock(&threads->mutex);
    threads->ended = 1;
    pthread_cond_broadcast(&threads->recall);
    pthread_mutex_unlock(&threads->mutex);
    ep_tell_news(threads);
}

/* ---- threads -------------------------------------------------------------------------------- */

/* Signals are for the thread that called for the run, but a bad access is its own thread's. */
static inline void ep_thread_take_signals(struct ep_thread *thread)
{
    sigset_t own;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    thread->signal_stack = malloc(EP_THREAD_SIGNAL_STACK);
    if (!thread->signal_stack)
        return;
    stack.ss_sp = thread->signal_stack;
    stack.ss_size = EP_THREAD_SIGNAL_STACK;
    sigaltstack(&stack, NULL);
    sigemptyset(&own);
    sigaddset(&own, SIGSEGV);
    sigaddset(&own, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &own, NULL);
}

static inline int ep_thread_start(struct ep_thread *thread, void *(*run)(void *))
{
    sigset_t all, old;
    int problem;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    problem = pthread_create(&thread->id, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    thread->started = problem == 0;
    return problem;
}

/* Waits for all threads but the caller's to end. */
static inline void ep_threads_join(struct ep_threads *threads)
{
    for (int32_t number = 1; number < threads->limit; number++) {
        if (threads->thread[number].started)
            pthread_join(threads->thread[number].id, NULL);
        threads->thread[number].started = 0;
        free(threads->thread[number].signal_stack);
        threads->thread[number].signal_stack = NULL;
    }
}

/* A thread before its start. */
static inline void ep_thread_set_up(struct ep_thread *thread, struct ep_threads *all, int32_t number)
{
    const struct ep_ring *example = &all->machine->ring;
    uint16_t *places = all->rings + 2 * (size_t)number * (example->mask + 1);
    thread->number = number;
    thread->all = all;
    thread->runs = -1;
    thread->own_ring = *example;
    thread->own_ring.head = thread->own_ring.tail = 0;
    thread->own_ring.ready = places;
    thread->ring = &all->machine->ring;
    if (number == 0)
        return;
    thread->own_ring.main = &thread->main_fiber;
    thread->other_ring = thread->own_ring;
    thread->other_ring.ready = places + example->mask + 1;
    thread->ring = &thread->other_ring;
}

/* NULL: no memory. The first thread, the caller, is awake and holds the machine. */
static inline struct ep_threads *ep_threads_create(struct ep_machine *machine, int32_t limit, int32_t always)
{
    struct ep_threads *threads = NULL;
    void *thread = NULL;
    uint16_t *rings = (uint16_t *)calloc(2 * (size_t)limit * (machine->ring.mask + 1), sizeof *rings);
    if (!rings || posix_memalign((void **)&threads, 128, sizeof *threads) != 0) {
        free(rings);
        return NULL;
    }
    memset(threads, 0, sizeof *threads);
    if (posix_memalign(&thread, 128, (size_t)limit * sizeof *threads->thread) != 0) {
        free(rings);
        free(threads);
        return NULL;
    }
    threads->rings = rings;
    threads->thread = (struct ep_thread *)memset(thread, 0, (size_t)limit * sizeof *threads->thread);
    threads->machine = machine;
    threads->limit = limit;
    threads->ticks = &machine->ticks;
    threads->always = always;
    threads->lock = 1;
    threads->awake = 1;
    threads->wanted = 1;
    threads->patience = 1;
    for (int32_t number = 0; number < limit; number++)
        ep_thread_set_up(&threads->thread[number], threads, number);
    threads->begun = 1;
    threads->thread->lock = 1;
    threads->thread->hold = EP_HOLDS_MACHINE;
    pthread_mutex_init(&threads->mutex, NULL);
    ep_condition_init(&threads->work);
    pthread_cond_init(&threads->recall, NULL);
    return threads;
}

static inline void ep_threads_destroy(struct ep_threads *threads)
{
    if (!threads)
        return;
    pthread_cond_destroy(&threads->recall);
    pthread_cond_destroy(&threads->work);
    pthread_mutex_destroy(&threads->mutex);
    free(threads->thread);
    free(threads->rings);
    free(threads);
}

#endif /* EPTRANS_HOST_THREADS_H */
