/* Matrix product: the C beside matrix.py. */
#include "kernel.h"

enum { N = 64 };

static float a[N][N], b[N][N], c[N][N];

void kernel(int32_t repeats)
{
    for (int32_t i = 0; i < N; i++)
        for (int32_t j = 0; j < N; j++) {
            a[i][j] = 0.25f * (float)((i * 7 + j * 3) % 11);
            b[i][j] = 0.5f * (float)((i * 5 + j) % 13) - 3.0f;
            c[i][j] = 0.0f;
        }
    for (int32_t r = 0; r < repeats; r++) {
        a[r % N][r % 3] = 0.125f * (float)(r % 5);
        for (int32_t i = 0; i < N; i++)
            for (int32_t j = 0; j < N; j++) {
                float s = 0.0f;
                for (int32_t k = 0; k < N; k++)
                    s += a[i][k] * b[k][j];
                c[i][j] = s;
            }
    }
    float trace = 0.0f;
    for (int32_t i = 0; i < N; i++)
        trace += c[i][i];
    result_real(trace);
}
