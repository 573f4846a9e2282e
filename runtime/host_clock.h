/* host_clock.h: time on the computer that emulates, by a clock that nobody sets.
 *
 * It only tells how long somebody waits: no result depends on it. Were it the clock of the day, ticks would stop
 * for an hour when that is set back by an hour.
 */
#ifndef EPTRANS_HOST_CLOCK_H
#define EPTRANS_HOST_CLOCK_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

static inline int64_t ep_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A condition that `ep_wait_for` may wait for. Nobody sets the clock that it goes by. */
static inline void ep_condition_init(pthread_cond_t *condition)
{
#ifdef __APPLE__
    pthread_cond_init(condition, NULL);
#else
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
#endif
}

/* Waits at most so many nanoseconds. ETIMEDOUT where nobody has told of anything in that time. */
static inline int ep_wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t nanoseconds)
{
    struct timespec until = {0, 0};
#ifndef __APPLE__
    clock_gettime(CLOCK_MONOTONIC, &until);
#endif
    nanoseconds += until.tv_nsec;
    until.tv_sec += nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
#ifdef __APPLE__
    return pthread_cond_timedwait_relative_np(condition, mutex, &until);
#else
    return pthread_cond_timedwait(condition, mutex, &until);
#endif
}

#endif /* EPTRANS_HOST_CLOCK_H */
