# Odd-even sort of 500 ints, refilled each time.
N = 500


def fill(a, n, seed):
    for i in range(n):
        seed = (seed * 1103 + 12345) % 65536
        a[i] = seed


def sort(a, n):
    for phase in range(n):
        i = phase % 2
        while i < n - 1:
            if a[i] > a[i + 1]:
                t = a[i]
                a[i] = a[i + 1]
                a[i + 1] = t
            i += 2


repeats = int(input())
numbers = [0] * N
total = 0
for r in range(repeats):
    fill(numbers, N, r)
    sort(numbers, N)
    total = (total * 31 + numbers[r % N]) % 1000003
print(total)
