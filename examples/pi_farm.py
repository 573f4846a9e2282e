# Pi by throwing darts, as a task farm in rounds: who is idle gets the next task.
#
# Teaches: execFunction, polling with testFunctionFinish, waitFunctionFinish.
# Run:     eptrans run pi_farm.py          (any number of cores from 2 up)

import parallel
import taskfarm
import util
from random import random

TASKS=60
DARTS=500                   # a task

initTaskFarm(0)

if (coreid()==0):
	busy=[false]*numcores()
	share=[0]*numcores()
	given=0
	done=0
	total=0.0
	while done<TASKS:
		for p in range(1, numcores()-1):        # util's range includes its end
			if busy[p] and testFunctionFinish(p):
				total+=waitFunctionFinish(p)
				busy[p]=false
				done+=1
			if !busy[p] and given<TASKS:
				execFunction(p, throw, DARTS)
				busy[p]=true
				share[p]+=1
				given+=1
	shutdownTaskFarm()

	print "pi is about "+total/TASKS
	idle=0
	for p in range(1, numcores()-1):
		if share[p]==0: idle+=1
	print TASKS+" tasks, "+idle+" workers had nothing to do"
else:
	worker()

def throw(darts):
	hits=0
	for d in range(1, darts):
		x=random()
		y=random()
		if x*x+y*y<1.0: hits+=1
	return 4.0*hits/darts
