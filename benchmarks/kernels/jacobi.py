# Jacobi 1-D: the temperature of a rod of 2,000 cells whose left end is kept hot, at module level.
CELLS = 2000
STEPS = 100

repeats = int(input())
u = [0.0] * (CELLS + 2)
v = [0.0] * (CELLS + 2)
u[0] = 1.0
v[0] = 1.0
for r in range(repeats):
    step = 0
    while step < STEPS:
        i = 1
        while i <= CELLS:
            v[i] = 0.5 * (u[i - 1] + u[i + 1])
            i += 1
        i = 1
        while i <= CELLS:
            u[i] = 0.5 * (v[i - 1] + v[i + 1])
            i += 1
        step += 2
total = 0.0
for i in range(1, CELLS + 1):
    total += u[i]
print(total)
