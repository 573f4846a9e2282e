/* Merge sort: the C beside mergesort.py. */
#include "kernel.h"

enum { N = 3000 };

static int32_t numbers[N], other[N];

static void fill(int32_t *a, int32_t n, int32_t seed)
{
    for (int32_t i = 0; i < n; i++) {
        seed = (seed * 1103 + 12345) % 65536;
        a[i] = seed;
    }
}

static void merge(int32_t *a, int32_t *spare, int32_t low, int32_t middle, int32_t high)
{
    int32_t i = low, j = middle;
    for (int32_t k = low; k < high; k++) {
        if (i < middle && (j >= high || a[i] <= a[j])) {
            spare[k] = a[i];
            i++;
        } else {
            spare[k] = a[j];
            j++;
        }
    }
    for (int32_t k = low; k < high; k++)
        a[k] = spare[k];
}

static void sort(int32_t *a, int32_t *spare, int32_t low, int32_t high)
{
    if (high - low > 1) {
        int32_t middle = (low + high) / 2;
        sort(a, spare, low, middle);
        sort(a, spare, middle, high);
        merge(a, spare, low, middle, high);
    }
}

void kernel(int32_t repeats)
{
    int32_t total = 0;
    for (int32_t r = 0; r < repeats; r++) {
        fill(numbers, N, r);
        sort(numbers, other, 0, N);
        total = (total * 31 + numbers[r % N]) % 1000003;
    }
    result_int(total);
}
