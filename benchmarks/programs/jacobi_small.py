# Jacobi 1-D with only 62 cells a core: neighbours exchange the cells at their ends in every step. Prints the repeats.
from parallel import *
from array import *

CELLS = 62

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
me = coreid()
n = numcores()
u = array(CELLS + 2)
v = array(CELLS + 2)
for i in range(CELLS + 2):
    u[i] = 0.0
    v[i] = 0.0
if me == 0:
    u[0] = 1.0
for r in range(repeats):
    if me > 0:
        u[0] = sendrecv(u[1], me - 1)
    if me < n - 1:
        u[CELLS + 1] = sendrecv(u[CELLS], me + 1)
    for i in range(1, CELLS + 1):
        v[i] = 0.5 * (u[i - 1] + u[i + 1])
    w = u
    u = v
    v = w
    if me == 0:
        u[0] = 1.0
if me == 0:
    print(repeats)
