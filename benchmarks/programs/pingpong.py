# Pairs of cores send one value to and fro; each message is one operation. Prints the repeats, counted by messages.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
me = coreid()
x = 0
if me % 2 == 0:
    for r in range(repeats):
        send(x, me + 1)
        x = recv(me + 1)
else:
    for r in range(repeats):
        x = recv(me - 1)
        send(x + 1, me - 1)
if me == 0:
    print(x)
