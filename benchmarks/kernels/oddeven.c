/* Odd-even sort: the C beside oddeven.py. */
#include "kernel.h"

enum { N = 500 };

static int32_t numbers[N];

static void fill(int32_t *a, int32_t n, int32_t seed)
{
    for (int32_t i = 0; i < n; i++) {
        seed = (seed * 1103 + 12345) % 65536;
        a[i] = seed;
    }
}

static void sort(int32_t *a, int32_t n)
{
    for (int32_t phase = 0; phase < n; phase++) {
        int32_t i = phase % 2;
        while (i < n - 1) {
            if (a[i] > a[i + 1]) {
                int32_t t = a[i];
                a[i] = a[i + 1];
                a[i + 1] = t;
            }
            i += 2;
        }
    }
}

void kernel(int32_t repeats)
{
    int32_t total = 0;
    for (int32_t r = 0; r < repeats; r++) {
        fill(numbers, N, r);
        sort(numbers, N);
        total = (total * 31 + numbers[r % N]) % 1000003;
    }
    result_int(total);
}
