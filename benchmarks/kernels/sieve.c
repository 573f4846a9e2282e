/* Sieve of Eratosthenes: the C beside sieve.py. */
#include "kernel.h"

enum { N = 7000 };

static int32_t flags[N + 1];

static int32_t primes(int32_t *composite, int32_t n)
{
    for (int32_t i = 0; i <= n; i++)
        composite[i] = 0;
    int32_t count = 0;
    for (int32_t i = 2; i <= n; i++) {
        if (composite[i] == 0) {
            count++;
            int32_t j = i * 2;
            while (j <= n) {
                composite[j] = 1;
                j += i;
            }
        }
    }
    return count;
}

void kernel(int32_t repeats)
{
    int32_t total = 0;
    for (int32_t r = 0; r < repeats; r++)
        total = (total + primes(flags, N - r % 3)) % 1000003;
    result_int(total);
}
