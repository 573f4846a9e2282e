# All pairs of neighbours exchange one value by sendrecv. Prints the repeats, counted by the values.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
partner = coreid() + 1 - coreid() % 2 * 2
x = 0
for r in range(repeats):
    x = sendrecv(x + 1, partner)
if coreid() == 0:
    print(x)
