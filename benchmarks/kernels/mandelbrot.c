/* Mandelbrot: the C beside mandelbrot.py. */
#include "kernel.h"

enum { WIDTH = 64, HEIGHT = 48, LIMIT = 100 };

static int32_t escape(float a, float b, int32_t limit)
{
    float x = 0.0f, y = 0.0f;
    int32_t n = 0;
    while (n < limit && x * x + y * y <= 4.0f) {
        float t = x * x - y * y + a;
        y = 2.0f * x * y + b;
        x = t;
        n++;
    }
    return n;
}

static int32_t picture(float left)
{
    int32_t total = 0;
    for (int32_t row = 0; row < HEIGHT; row++) {
        float b = (float)row * 2.5f / HEIGHT - 1.25f;
        for (int32_t column = 0; column < WIDTH; column++)
            total += escape((float)column * 3.0f / WIDTH + left, b, LIMIT);
    }
    return total;
}

void kernel(int32_t repeats)
{
    int32_t total = 0;
    for (int32_t r = 0; r < repeats; r++)
        total = (total + picture(-2.0f - (float)(r % 8) * 0.03125f)) % 1000003;
    result_int(total);
}
