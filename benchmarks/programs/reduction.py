# All cores add up one value each. Prints the repeats, from the sums.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
n = numcores()
total = 0
for r in range(repeats):
    total += reduce(1, "sum")
if coreid() == 0:
    print(total // n)
