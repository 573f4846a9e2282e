# Merge sort of 3,000 ints, recursive, with one spare array; refilled each time.
N = 3000


def fill(a, n, seed):
    for i in range(n):
        seed = (seed * 1103 + 12345) % 65536
        a[i] = seed


def merge(a, spare, low, middle, high):
    i = low
    j = middle
    for k in range(low, high):
        if i < middle and (j >= high or a[i] <= a[j]):
            spare[k] = a[i]
            i += 1
        else:
            spare[k] = a[j]
            j += 1
    for k in range(low, high):
        a[k] = spare[k]


def sort(a, spare, low, high):
    if high - low > 1:
        middle = (low + high) // 2
        sort(a, spare, low, middle)
        sort(a, spare, middle, high)
        merge(a, spare, low, middle, high)


repeats = int(input())
numbers = [0] * N
other = [0] * N
total = 0
for r in range(repeats):
    fill(numbers, N, r)
    sort(numbers, other, 0, N)
    total = (total * 31 + numbers[r % N]) % 1000003
print(total)
