# All cores meet at a barrier. Prints the repeats.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
met = 0
for r in range(repeats):
    sync()
    met += 1
if coreid() == 0:
    print(met)
