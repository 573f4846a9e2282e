/* Totals of numbers: the C beside totals.py. */
#include "kernel.h"

enum { N = 3000 };

static int32_t numbers[N];
static int32_t i, total, squares, above;

void show(void)
{
    printf("%d %d %d %d\n", (int)i, (int)total, (int)squares, (int)above);
}

/* The floor of the division is that of ePython's %; numbers here are never below 0, squares may wrap. */
static int32_t modulo(int32_t left, int32_t right)
{
    int32_t rest = left % right;
    return rest + ((rest < 0) ? right : 0);
}

void kernel(int32_t repeats)
{
    int32_t checksum = 0;
    for (int32_t r = 0; r < repeats; r++) {
        i = 0;
        while (i < N) {
            numbers[i] = modulo(i * 31 + r, 1009);
            i = i + 1;
        }
        total = 0;
        squares = 0;
        i = 0;
        while (i < N) {
            total = total + numbers[i];
            squares = squares + numbers[i] * numbers[i];
            i = i + 1;
        }
        above = 0;
        i = 0;
        while (i < N) {
            if (numbers[i] * N > total)
                above = above + 1;
            i = i + 1;
        }
        checksum = modulo(checksum * 31 + total + modulo(squares, 1009) + above, 1000003);
    }
    result_int(checksum);
}
