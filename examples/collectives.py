# Every core has a few readings of a thermometer; together they find out the statistics.
#
# Teaches: bcast, reduce ("sum", "min", "max") and sync.
# Run:     eptrans run collectives.py      (any number of cores)

from parallel import *
from math import sqrt

READINGS=6

# The core in the middle decides how far the readings are apart, and tells all others.
chief=numcores()/2
step=bcast(0.25*(coreid()+1), chief)

readings=[0.0]*READINGS
i=0
while i<READINGS:
	readings[i]=15+step*((coreid()*7+i*3)%11)
	i+=1

total=reduce(sum(readings), "sum")
coldest=reduce(min(readings), "min")
warmest=reduce(max(readings), "max")

# The mean is known to every core now, so the second sum needs no bcast.
mean=total/(READINGS*numcores())
squares=0.0
for r in readings:
	squares+=(r-mean)^2
deviation=sqrt(reduce(squares, "sum")/(READINGS*numcores()))

# reduce on an array works on all its elements at once.
own=[min(readings), max(readings)]
sums=reduce(own, "sum")

sync()
if coreid()==0:
	print "step "+step+" chosen by core "+chief
	print "coldest "+coldest+", warmest "+warmest
	print "mean "+mean+", deviation "+deviation
	print "mean of the cores' coldest "+sums[0]/numcores()+" and warmest "+sums[1]/numcores()
