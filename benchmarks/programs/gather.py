# All cores but one send a word each to that one, which adds them up: their messages keep meeting on its links.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
total = 0
for r in range(repeats):
    if coreid() == 0:
        for source in range(1, numcores()):
            total = (total + recv(source)) % 1000003
    else:
        send(coreid() + r, 0)
if coreid() == 0:
    print(total)
