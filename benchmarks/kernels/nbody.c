/* N-body: the C beside nbody.py. */
#include <math.h>

#include "kernel.h"

enum { BODIES = 5, STEPS = 100 };

static const float DT = 0.001f;
static float x[BODIES] = {0.0f, 4.84f, 8.34f, 12.89f, 15.38f};
static float y[BODIES] = {0.0f, -1.16f, 4.12f, -15.11f, -25.92f};
static float z[BODIES] = {0.0f, -0.1f, -0.4f, -0.22f, 0.18f};
static float vx[BODIES] = {0.0f, 0.61f, -1.01f, 1.08f, 0.98f};
static float vy[BODIES] = {0.0f, 2.81f, 1.83f, 0.87f, 0.59f};
static float vz[BODIES] = {0.0f, -0.02f, 0.01f, -0.01f, -0.03f};
static float mass[BODIES] = {39.48f, 0.038f, 0.011f, 0.0017f, 0.002f};

static void advance(float *x, float *y, float *z, float *vx, float *vy, float *vz, float *mass, int32_t steps)
{
    for (int32_t step = 0; step < steps; step++) {
        for (int32_t i = 0; i < BODIES; i++) {
            for (int32_t j = i + 1; j < BODIES; j++) {
                float dx = x[i] - x[j];
                float dy = y[i] - y[j];
                float dz = z[i] - z[j];
                float square = dx * dx + dy * dy + dz * dz;
                float pull = DT / (square * sqrtf(square));
                vx[i] -= dx * mass[j] * pull;
                vy[i] -= dy * mass[j] * pull;
                vz[i] -= dz * mass[j] * pull;
                vx[j] += dx * mass[i] * pull;
                vy[j] += dy * mass[i] * pull;
                vz[j] += dz * mass[i] * pull;
            }
        }
        for (int32_t i = 0; i < BODIES; i++) {
            x[i] += DT * vx[i];
            y[i] += DT * vy[i];
            z[i] += DT * vz[i];
        }
    }
}

void kernel(int32_t repeats)
{
    for (int32_t r = 0; r < repeats; r++)
        advance(x, y, z, vx, vy, vz, mass, STEPS);
    float energy = 0.0f;
    for (int32_t i = 0; i < BODIES; i++)
        energy += 0.5f * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
    result_real(energy);
}
