"""Primes, perfect numbers and the greatest common divisor."""
from parallel import coreid


def sieve(limit: int) -> int:
    marked = [False] * (limit + 1)
    count = 0
    for n in range(2, limit + 1):
        if marked[n]:
            continue
        count += 1
        for multiple in range(n * n, limit + 1, n):
            marked[multiple] = True
    return count


def gcd(a: int, b: int) -> int:
    while b:
        rest = a % b
        a = b
        b = rest
    return a


def divisors(n: int) -> int:
    total = 1
    d = 2
    while d * d <= n:
        if n % d == 0:
            total += d
            if d != n // d:
                total += n // d
        d += 1
    return total


print(coreid(), sieve(10), sieve(1000), sieve(20000))
print(gcd(1071, 462), gcd(17, 5), gcd(0, 9), gcd(2 ** 40, 6 ** 12))
for n in range(2, 500):
    if divisors(n) == n:
        print(n, "is perfect")
