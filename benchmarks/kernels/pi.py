# Monte Carlo pi: how many darts thrown at a unit square hit the quarter circle.
from random import random

DARTS = 20000


def throw(darts):
    inside = 0
    for i in range(darts):
        x = random()
        y = random()
        if x * x + y * y < 1.0:
            inside += 1
    return inside


repeats = int(input())
total = 0.0
for r in range(repeats):
    total += throw(DARTS)
print(4.0 * total / repeats / DARTS)
