# Rounds in which two cores, drawn from the seed, talk in one of all ways, or all of them compute or meet.

from parallel import *
from random import *
from concurrency import *

def work(n):
	i=0
	while i<n:
		i+=1
	return i

def pieces(me, one, other, size, parts):
	if me==one:
		a=[0]*size
		i=0
		while i<parts:
			a[0]=i
			if size>2 and i%2==0:
				send(a, other, size)
			else:
				j=0
				while j<size:
					send(a[0]+j, other)
					j+=1
			work(size*3)
			i+=1
	elif me==other:
		work(size*2)
		x=recv(one, size*parts)
		print x[0]+x[size*parts-1]

def swap(me, one, other, size):
	if me==one:
		work(size*4)
		a=[me]*size
		b=sendrecv(a, other, size)
		c=sendrecv(b[0], other)
	elif me==other:
		a=[me]*size
		b=sendrecv(a, one, size)
		work(size)
		c=sendrecv(b[0], one)

def flights(me, one, other, size, parts):
	if me==one:
		i=0
		while i<parts:
			nonblocking_send(i*size, other)
			work(size)
			if i%2==1: wait_sent(other)
			i+=1
		wait_sent(other)
	elif me==other:
		i=0
		while i<parts:
			if i%3==0:
				while not probe(one): pass
			x=recv(one)
			work(size%7)
			i+=1

def remote(me, one, other, size):
	if me==one:
		a=[0]*(size+2)
		expose(a, other)
		work(size)
		x=recv(other)
		print a[0]
	elif me==other:
		b=access(one)
		b[0]=size
		s=b[1]+b[0]
		work(size)
		send(s, one)

rounds=0
while rounds<12:
	kind=bcast(randint(0,7), 0)
	one=bcast(randint(0,numcores()-1), 0)
	other=bcast(randint(0,numcores()-1), rounds%numcores())
	size=bcast(randint(1,20), 0)
	parts=bcast(randint(1,5), 0)
	if one!=other:
		if kind==0: pieces(coreid(), one, other, size, parts)
		if kind==1: swap(coreid(), one, other, size)
		if kind==2: flights(coreid(), one, other, size, parts)
		if kind==3: remote(coreid(), one, other, size)
		if kind==4: work(size*coreid())
		if kind==5: x=reduce(coreid()+size, "sum")
		if kind==6: sync()
		if kind==7:
			if coreid()==one: send("text"+size, other)
			elif coreid()==other: print recv(one)
	rounds+=1
print "end"
