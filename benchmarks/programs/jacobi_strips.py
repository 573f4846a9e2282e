# The temperature of a plate whose upper edge is hot, by Jacobi's method on strips of rows. Reads a core's
# rows, the columns and the steps; prints the last change of the plate.
from parallel import *
from array import *
from math import sqrt

rows=0
columns=0
steps=0
if coreid()==0:
	rows=int(input())
	columns=int(input())
	steps=int(input())
rows=bcast(rows, 0)
columns=bcast(columns, 0)
steps=bcast(steps, 0)
me=coreid()
n=numcores()
width=columns+2
t=array(rows+2, columns+2)
next=array(rows+2, columns+2)
row=array(columns+2)

def swap_row(grid, source, halo, p):
	for j in range(columns+2):
		row[j]=grid[source][j]
	theirs=sendrecv(row, p, columns+2)
	for j in range(columns+2):
		grid[halo][j]=theirs[j]

for i in range(rows+2):
	for j in range(columns+2):
		t[i][j]=0.0
		next[i][j]=0.0
if me==0:
	for j in range(columns+2):
		t[0][j]=100.0

change=0.0
for step in range(steps):
	if me>0: swap_row(t, 1, 0, me-1)
	if me<n-1: swap_row(t, rows, rows+1, me+1)
	squares=0.0
	for i in range(1, rows+1):
		for j in range(1, columns+1):
			next[i][j]=0.25*(t[i-1][j]+t[i+1][j]+t[i][j-1]+t[i][j+1])
			squares+=(next[i][j]-t[i][j])^2
	for i in range(1, rows+1):
		for j in range(1, columns+1):
			t[i][j]=next[i][j]
	change=sqrt(reduce(squares, "sum"))
if me==0: print change
