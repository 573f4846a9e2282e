# Monte Carlo pi: every core throws darts on its own, and reduce adds up the hits. Prints the repeats.
from parallel import *
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


repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
total = 0.0
for r in range(repeats):
    total += throw(DARTS) / 1000.0
total = reduce(total, "sum")
if coreid() == 0:
    print(repeats)
