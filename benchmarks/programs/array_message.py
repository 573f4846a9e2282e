# Core 0 sends an array of 1,024 values to core 1 as one message. Prints the repeats, read from the last.
import parallel

SIZE = 1024

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
if coreid() == 0:
    values = [0] * SIZE
    for r in range(repeats):
        values[0] = r + 1
        send(values, 1, SIZE)
    values[0] = recv(1)
    print(values[0])
elif coreid() == 1:
    last = 0
    for r in range(repeats):
        taken = recv(0, SIZE)
        last = taken[0]
    send(last, 0)
