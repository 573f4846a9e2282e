# One token goes round a power of two of cores (up to 4,096) in a jumbled order. Prints the repeats.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
me = coreid()
n = numcores()
# A step of a linear congruence of full period, and its inverse: 1229 times 2053 is 1 modulo 4096.
following = (me * 1229 + 1) % n
previous = ((me + n - 1) * 2053) % n
token = 0
for r in range(repeats):
    if me == 0:
        send(token + 1, following)
        token = recv(previous)
    else:
        token = recv(previous)
        send(token, following)
if me == 0:
    print(token)
