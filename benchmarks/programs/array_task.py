# A task with an array of 100 values goes to every worker and its result is collected. Prints the repeats.
import parallel
import taskfarm


def task(values):
    return values[0] - values[99]


initTaskFarm(0)
if coreid() == 0:
    repeats = int(input())
    data = [1] * 100
    data[99] = 0
    total = 0
    for r in range(repeats):
        for p in range(1, numcores()):
            execFunction(p, task, data)
        for p in range(1, numcores()):
            total += waitFunctionFinish(p)
    shutdownTaskFarm()
    print(total // (numcores() - 1))
else:
    worker()
