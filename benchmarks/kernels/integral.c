/* The area under a curve: the C beside integral.py. */
#include "kernel.h"

enum { N = 3000 };

static float height(float x)
{
    return 4.0f / (1.0f + x * x);
}

static float strip(int32_t k, float width)
{
    return height(((float)k + 0.5f) * width) * width;
}

void kernel(int32_t repeats)
{
    float width = 1.0f / (float)N, total = 0.0f;
    for (int32_t r = 0; r < repeats; r++) {
        float area = 0.0f;
        for (int32_t k = 0; k < N; k++)
            area = area + strip(k, width);
        total = total * 0.5f + area;
    }
    result_real(total);
}
