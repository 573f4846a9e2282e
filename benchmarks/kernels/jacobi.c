/* Jacobi 1-D: the C beside jacobi.py. */
#include "kernel.h"

enum { CELLS = 2000, STEPS = 100 };

static float u[CELLS + 2], v[CELLS + 2];

void kernel(int32_t repeats)
{
    u[0] = 1.0f;
    v[0] = 1.0f;
    for (int32_t r = 0; r < repeats; r++) {
        int32_t step = 0;
        while (step < STEPS) {
            int32_t i = 1;
            while (i <= CELLS) {
                v[i] = 0.5f * (u[i - 1] + u[i + 1]);
                i++;
            }
            i = 1;
            while (i <= CELLS) {
                u[i] = 0.5f * (v[i - 1] + v[i + 1]);
                i++;
            }
            step += 2;
        }
    }
    float total = 0.0f;
    for (int32_t i = 1; i <= CELLS; i++)
        total += u[i];
    result_real(total);
}
