/* counter.c: lets a Python program tell Callgrind which part of it to count.
 *
 * Loaded before everything else (LD_PRELOAD), so that the timed wait below takes the C library's place: the
 * machine's ticker waits by it, and under Valgrind, where a program takes 50 times as long, its ticks
 * would fall on other instructions in every run.
 */
#include <pthread.h>
#include <valgrind/callgrind.h>

void count_from_here(void)
{
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
}

/* Callgrind writes the counts to a file that has `name` in its line "desc: Trigger". */
void count_to_here(const char *name)
{
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* A wait whose time never comes. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    (void)until;
    return pthread_cond_wait(condition, mutex);
}
