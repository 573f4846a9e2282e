# All cores have started and wait: core 0 for a line of input, the others at a barrier. Prints the cores.
import parallel

sync()
if coreid() == 0:
    repeats = int(input("waiting"))
    print(numcores())
sync()
