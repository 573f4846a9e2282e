# Matrix product of 64x64 reals; one element changes each time, so that no product can be left out.
from array import array

N = 64

repeats = int(input())
a = array(N, N)
b = array(N, N)
c = array(N, N)
for i in range(N):
    for j in range(N):
        a[i][j] = 0.25 * ((i * 7 + j * 3) % 11)
        b[i][j] = 0.5 * ((i * 5 + j) % 13) - 3.0
        c[i][j] = 0.0
for r in range(repeats):
    a[r % N][r % 3] = 0.125 * (r % 5)
    for i in range(N):
        for j in range(N):
            s = 0.0
            for k in range(N):
                s += a[i][k] * b[k][j]
            c[i][j] = s
trace = 0.0
for i in range(N):
    trace += c[i][i]
print(trace)
