# The sag of a loaded string, by red-black Gauss-Seidel with over-relaxation.
#
# Teaches: points are coloured like a chess board. All red points depend on black ones
#          only, so all cores may update them at once; then the black ones. New values
#          are used as soon as they are there, and each step goes a little too far
#          (over-relaxation), which needs far fewer steps than Jacobi's method.
# Run:     eptrans run gauss_seidel.py     (any number of cores)

import parallel
from math import *

POINTS=6                    # a core
n=POINTS*numcores()         # in all, without the two fixed ends
h=1.0/(n+1)
u=[0.0]*(POINTS+2)
first=coreid()*POINTS       # number of points before this core's

def swap():
	if coreid()>0: u[0]=sendrecv(u[1], coreid()-1)
	if coreid()<numcores()-1: u[POINTS+1]=sendrecv(u[POINTS], coreid()+1)

# Updates every second point; gives the greatest change. The load is 1 everywhere.
def half_step(colour, omega):
	most=0.0
	for i in range(1, POINTS+1):
		if (first+i)%2==colour:
			change=omega*(0.5*(u[i-1]+u[i+1]+h*h)-u[i])
			u[i]=u[i]+change
			most=max(most, abs(change))
	return most

def solve(omega):
	for i in range(POINTS+2): u[i]=0.0
	steps=0
	most=1.0
	while most>0.00001 and steps<5000:
		red=half_step(1, omega)
		swap()
		black=half_step(0, omega)
		swap()
		most=reduce(max(red, black), "max")
		steps+=1
	return steps

best=2.0/(1.0+sin(pi*h))
relaxed=solve(best)

# The exact answer is x(1-x)/2.
worst=0.0
for i in range(1, POINTS+1):
	x=(first+i)*h
	worst=max(worst, abs(u[i]-0.5*x*(1.0-x)))
worst=reduce(worst, "max")
print "at my first point the string hangs by "+u[1]

plain=solve(1.0)
if coreid()==0:
	print n+" points, over-relaxed by "+best+": "+relaxed+" steps"
	if worst<0.001: print "right to three decimals"
	if plain>relaxed: print "without over-relaxation it takes "+plain/relaxed+" times as many"
