# A cellular automaton on a ring of cells, cut into one piece a core.
#
# Teaches: the halo swap. Each core keeps a copy of its neighbours' outermost cells
#          beside its own piece, and gets new copies before every step. On a ring all
#          cores would wait for each other if they sent first: nonblocking_send goes on.
#          A row is printed piece by piece: all of it may be more than a core has room for.
# Run:     eptrans run halo_swap.py        (any number of cores)

from parallel import *

CELLS=4                     # a core
STEPS=15

def swap(cells):
	left=(coreid()+numcores()-1)%numcores()
	right=(coreid()+1)%numcores()
	if left==coreid():
		cells[0]=cells[CELLS]
		cells[CELLS+1]=cells[1]
	else:
		nonblocking_send(cells[CELLS], right)
		cells[0]=recv(left)
		wait_sent(right)
		nonblocking_send(cells[1], left)
		cells[CELLS+1]=recv(right)
		wait_sent(left)

def step(cells):
	after=[0]*(CELLS+2)
	for i in range(1, CELLS+1):
		if cells[i-1]!=cells[i+1]: after[i]=1
	return after

def picture(cells, first):
	row=""
	for i in range(first, first+CELLS):
		if cells[i]==1:
			row+="#"
		else:
			row+="."
	return row

# One living cell, in the middle of the ring.
cells=[0]*(CELLS+2)
if coreid()==numcores()/2: cells[1]=1

for s in range(STEPS+1):
	if coreid()==0:
		print(picture(cells, 1), end="")
		for p in range(1, numcores()):
			print(picture(recv(p, CELLS), 0), end="")
		print("")
	else:
		send(cells[1:CELLS+1], 0, CELLS)
	swap(cells)
	cells=step(cells)
