# Sieve of Eratosthenes: the primes up to 7,000.
N = 7000


def primes(composite, n):
    for i in range(n + 1):
        composite[i] = 0
    count = 0
    for i in range(2, n + 1):
        if composite[i] == 0:
            count += 1
            j = i * 2
            while j <= n:
                composite[j] = 1
                j += i
    return count


repeats = int(input())
flags = [0] * (N + 1)
total = 0
for r in range(repeats):
    total = (total + primes(flags, N - r % 3)) % 1000003
print(total)
