# A task that does nothing goes to every worker and its result is collected. Prints the repeats.
import parallel
import taskfarm


def task():
    return 1


initTaskFarm(0)
if coreid() == 0:
    repeats = int(input())
    total = 0
    for r in range(repeats):
        for p in range(1, numcores()):
            execFunction(p, task)
        for p in range(1, numcores()):
            total += waitFunctionFinish(p)
    shutdownTaskFarm()
    print(total // (numcores() - 1))
else:
    worker()
