# N-body: five bodies under each other's gravity, 100 steps a repeat.
from math import sqrt

BODIES = 5
STEPS = 100
DT = 0.001


def advance(x, y, z, vx, vy, vz, mass, steps):
    for step in range(steps):
        for i in range(BODIES):
            for j in range(i + 1, BODIES):
                dx = x[i] - x[j]
                dy = y[i] - y[j]
                dz = z[i] - z[j]
                square = dx * dx + dy * dy + dz * dz
                pull = DT / (square * sqrt(square))
                vx[i] -= dx * mass[j] * pull
                vy[i] -= dy * mass[j] * pull
                vz[i] -= dz * mass[j] * pull
                vx[j] += dx * mass[i] * pull
                vy[j] += dy * mass[i] * pull
                vz[j] += dz * mass[i] * pull
        for i in range(BODIES):
            x[i] += DT * vx[i]
            y[i] += DT * vy[i]
            z[i] += DT * vz[i]


repeats = int(input())
x = [0.0, 4.84, 8.34, 12.89, 15.38]
y = [0.0, -1.16, 4.12, -15.11, -25.92]
z = [0.0, -0.1, -0.4, -0.22, 0.18]
vx = [0.0, 0.61, -1.01, 1.08, 0.98]
vy = [0.0, 2.81, 1.83, 0.87, 0.59]
vz = [0.0, -0.02, 0.01, -0.01, -0.03]
mass = [39.48, 0.038, 0.011, 0.0017, 0.002]
for r in range(repeats):
    advance(x, y, z, vx, vy, vz, mass, STEPS)
energy = 0.0
for i in range(BODIES):
    energy += 0.5 * mass[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i])
print(energy)
