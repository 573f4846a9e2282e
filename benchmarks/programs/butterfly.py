# Every core exchanges a word with one 1, 2, 4 ... places away, all at once: their messages keep meeting on links.
import parallel

repeats = 0
if coreid() == 0:
    repeats = int(input())
repeats = bcast(repeats, 0)
me = coreid()
n = numcores()
total = me
bit = 1
for r in range(repeats):
    if (me / bit) % 2 == 0:
        other = me + bit
    else:
        other = me - bit
    total = (total + sendrecv(total, other)) % 1000003
    bit = bit * 2
    if bit == n:
        bit = 1
if me == 0:
    print(total)
