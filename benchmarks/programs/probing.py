# Core 0 looks for a message that is not there, while all others wait for its end. Prints the repeats.
import parallel

if coreid() == 0:
    repeats = int(input())
    none_there = 0
    for r in range(repeats):
        if not probe(1):
            none_there += 1
    print(none_there)
sync()
