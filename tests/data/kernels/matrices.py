"""Matrix products and Gaussian elimination on flat lists of reals."""
from math import sqrt

N = 12


def product(a: list, b: list, c: list, n: int) -> None:
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i * n + k] * b[k * n + j]
            c[i * n + j] = s


def solve(a: list, b: list, n: int) -> list:
    for column in range(n):
        pivot = column
        for row in range(column + 1, n):
            if abs(a[row * n + column]) > abs(a[pivot * n + column]):
                pivot = row
        if pivot != column:
            for k in range(n):
                t = a[column * n + k]
                a[column * n + k] = a[pivot * n + k]
                a[pivot * n + k] = t
            t = b[column]
            b[column] = b[pivot]
            b[pivot] = t
        for row in range(column + 1, n):
            factor = a[row * n + column] / a[column * n + column]
            for k in range(column, n):
                a[row * n + k] -= factor * a[column * n + k]
            b[row] -= factor * b[column]
    x = [0.0] * n
    for row in range(n - 1, -1, -1):
        s = b[row]
        for k in range(row + 1, n):
            s -= a[row * n + k] * x[k]
        x[row] = s / a[row * n + row]
    return x


a = [0.0] * (N * N)
b = [0.0] * (N * N)
c = [0.0] * (N * N)
for i in range(N * N):
    a[i] = (i * 7 % 13) / 4 + 0.1
    b[i] = (i * 5 % 11) - 2.5
product(a, b, c, N)
print(c[0], c[N + 1], c[-1])
norm = 0.0
for value in c:
    norm += value ** 2
print(f"{sqrt(norm):.6f}")
right = [0.0] * N
for k in range(N):
    right[k] = k - 0.5
x = solve(a[:], right, N)
print(x[0], x[N - 1], min(x), max(x))
