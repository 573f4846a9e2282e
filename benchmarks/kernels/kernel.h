/* kernel.h: what the C kernels share: the random numbers of a core, and a main that times one run.
 *
 * A kernel is a function of the number of repeats that ends by giving its result. The program takes the
 * repeats from its command line and prints the result, then the processor seconds the kernel took.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The state lies behind a pointer, as a core's does. */
static uint64_t *random_state __attribute__((unused));

static inline __attribute__((unused)) uint64_t random_bits(void)
{
    uint64_t z = *random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline __attribute__((unused)) float random_real(void)
{
    return (float)(random_bits() >> 40) * 0x1p-24f;
}

static inline __attribute__((unused)) void result_int(int32_t value)
{
    printf("%d\n", (int)value);
}

static inline __attribute__((unused)) void result_real(float value)
{
    printf("%f\n", (double)value);
}

void kernel(int32_t repeats);

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    random_state = malloc(sizeof *random_state);
    if (argc != 2 || random_state == NULL)
        return 2;
    *random_state = 1;
    double start = processor_seconds();
    kernel((int32_t)atoi(argv[1]));
    printf("%.9f\n", processor_seconds() - start);
    return 0;
}

#endif
