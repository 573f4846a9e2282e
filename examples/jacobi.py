# The temperature of a plate whose upper edge is kept hot, by Jacobi's method.
#
# Teaches: a grid cut into strips of rows, a halo of whole rows, and reduce to decide
#          together when to stop.
# Run:     eptrans run jacobi.py           (any number of cores)

from parallel import *
from array import *
from math import sqrt

ROWS=2                      # of the plate, a core
COLUMNS=12
HOT=100.0
LIMIT=0.5                   # stop when a step changes less than this in all
MOST=400                    # steps

me=coreid()
n=numcores()
t=array(ROWS+2, COLUMNS+2)
next=array(ROWS+2, COLUMNS+2)

# Row `source` of a grid goes to core p, whose own row takes the place of row `halo`.
def swap_row(grid, source, halo, p):
	row=array(COLUMNS+2)
	for j in range(COLUMNS+2):
		row[j]=grid[source][j]
	theirs=sendrecv(row, p, COLUMNS+2)
	for j in range(COLUMNS+2):
		grid[halo][j]=theirs[j]

for i in range(ROWS+2):
	for j in range(COLUMNS+2):
		t[i][j]=0.0
		next[i][j]=0.0
if me==0:
	for j in range(COLUMNS+2):
		t[0][j]=HOT

steps=0
change=LIMIT+1.0
while change>LIMIT and steps<MOST:
	if me>0: swap_row(t, 1, 0, me-1)
	if me<n-1: swap_row(t, ROWS, ROWS+1, me+1)
	squares=0.0
	for i in range(1, ROWS+1):
		for j in range(1, COLUMNS+1):
			next[i][j]=0.25*(t[i-1][j]+t[i+1][j]+t[i][j-1]+t[i][j+1])
			squares+=(next[i][j]-t[i][j])^2
	for i in range(1, ROWS+1):
		for j in range(1, COLUMNS+1):
			t[i][j]=next[i][j]
	change=sqrt(reduce(squares, "sum"))
	steps+=1
	if me==0 and steps%50==0: print "step "+steps+" changed the plate by "+change

print "middle of my first row: "+t[1][COLUMNS/2]
if me==0: print "done after "+steps+" steps"
