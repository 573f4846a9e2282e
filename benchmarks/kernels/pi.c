/* Monte Carlo pi: the C beside pi.py. */
#include "kernel.h"

enum { DARTS = 20000 };

static int32_t throw_darts(int32_t darts)
{
    int32_t inside = 0;
    for (int32_t i = 0; i < darts; i++) {
        float x = random_real();
        float y = random_real();
        if (x * x + y * y < 1.0f)
            inside++;
    }
    return inside;
}

void kernel(int32_t repeats)
{
    float total = 0.0f;
    for (int32_t r = 0; r < repeats; r++)
        total += (float)throw_darts(DARTS);
    result_real(4.0f * total / (float)repeats / DARTS);
}
