# The Mandelbrot set in characters.
#
# Teaches: sharing out rows of uneven cost one by one, like cards, and collecting whole
#          rows as arrays.
# Run:     eptrans run mandelbrot.py       (any number of cores)

from parallel import *

WIDTH=60
HEIGHT=24
MOST=60                     # steps before a point counts as inside

def steps_to_leave(cx, cy):
	x=0.0
	y=0.0
	k=0
	while k<MOST and x*x+y*y<4.0:
		t=x*x-y*y+cx
		y=2.0*x*y+cy
		x=t
		k+=1
	return k

def row(number):
	counts=[0]*WIDTH
	cy=-1.2+2.4*number/(HEIGHT-1)
	for j in range(WIDTH):
		counts[j]=steps_to_leave(-2.1+2.8*j/(WIDTH-1), cy)
	return counts

def shade(k):
	if k==MOST: return "@"
	if k>12: return "*"
	if k>6: return "+"
	if k>4: return "-"
	if k>3: return "."
	return " "

work=0
if coreid()==0:
	for number in range(HEIGHT):
		owner=number%numcores()
		if owner==0:
			counts=row(number)
		else:
			counts=recv(owner, WIDTH)
		line=""
		for k in counts:
			line+=shade(k)
			work+=k
		print "|"+line+"|"
	print "steps in all: "+work
else:
	number=coreid()
	while number<HEIGHT:
		send(row(number), 0, WIDTH)
		number+=numcores()
