# Pi by throwing darts: every core throws, reduce adds up the hits.
#
# Teaches: Monte Carlo methods in rounds; every core has random numbers of its own.
# Run:     eptrans run pi_reduce.py        (any number of cores; --seed N for other darts)

from parallel import *
from random import random

DARTS=2000                  # a core and round
ROUNDS=5

hits=0
for r in range(ROUNDS):
	for d in range(DARTS):
		x=random()
		y=random()
		if x^2+y^2<1.0: hits+=1
	all_hits=reduce(hits, "sum")
	thrown=(r+1)*DARTS*numcores()
	if coreid()==0: print "after "+thrown+" darts pi is about "+4.0*all_hits/thrown
