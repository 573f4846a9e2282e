# One token goes round all cores in their order. Prints the repeats, counted by the token.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
me = coreid()
n = numcores()
following = (me + 1) % n
previous = (me + n - 1) % n
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
