# A kernel taken from a Python program, unchanged: the three-body problem of a
# sun, a planet and a moon, each core with a different start.
#
# Teaches: --std python3 (Python's own meaning of / and **, numbers as Python prints
#          them, 64-bit words), with messages added.
# Run:     eptrans run --std python3 kernel_python3.py      (any number of cores)

from math import sqrt
from parallel import coreid, numcores, reduce

STEPS = 500
DT = 0.002
masses = [1000.0, 1.0, 0.01]


def energy(x: list, y: list, vx: list, vy: list) -> float:
    """The energy of all bodies, which should not change."""
    total = 0.0
    for i in range(3):
        total += 0.5 * masses[i] * (vx[i] ** 2 + vy[i] ** 2)
        for j in range(i):
            distance = sqrt((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2)
            total -= masses[i] * masses[j] / distance
    return total


def push(x: list, y: list, vx: list, vy: list) -> None:
    """Changes the velocities by what all bodies do to each other in a time step."""
    for i in range(3):
        for j in range(3):
            if i == j:
                continue
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            pull = masses[j] / (dx * dx + dy * dy) ** 1.5
            vx[i] += pull * dx * DT
            vy[i] += pull * dy * DT


def simulate(distance: float) -> float:
    """The change of the energy over all steps, for a planet at a distance from the sun."""
    speed = sqrt(masses[0] / distance)
    x = [0.0, distance, distance + 0.1]
    y = [0.0, 0.0, 0.0]
    vx = [0.0, 0.0, 0.0]
    vy = [0.0, speed, speed + sqrt(masses[1] / 0.1)]
    before = energy(x, y, vx, vy)
    for _ in range(STEPS):
        push(x, y, vx, vy)
        for i in range(3):
            x[i] += vx[i] * DT
            y[i] += vy[i] * DT
    return abs(energy(x, y, vx, vy) / before - 1)


drift = simulate(10.0 + coreid())
worst = reduce(drift, "max")
mean = reduce(drift, "sum") / numcores()
if coreid() == 0:
    print(f"energy changed by {worst * 1e6:.3f} millionths at worst, {mean * 1e6:.3f} on average")
    print("steps", STEPS, "time", STEPS * DT)
