# A farm whose master gives tasks of four kinds, drawn from the seed, in any order, and waits or asks for them.

import parallel
import taskfarm
from random import *

def add(a, b):
	i=0
	while i<b%37:
		i+=1
	return a+b+i

def total(xs, n):
	s=0
	i=0
	while i<n:
		s+=xs[i]
		i+=1
	return s

def say(t):
	print "got "+t
	return t+"!"

def nothing():
	pass

initTaskFarm(0)
if (coreid()==0):
	k=0
	rounds=randint(3,40)
	busy=[0]*(numcores()+1)
	while k<rounds:
		to=randint(1, numcores()-1)
		if busy[to]==1:
			if randint(0,1)==0:
				while not testFunctionFinish(to): k=k
			x=waitFunctionFinish(to)
			print x
			busy[to]=0
		else:
			kind=randint(0,3)
			if kind==0: execFunction(to, add, randint(0,100), k)
			if kind==1:
				n=randint(1,60)
				a=[k]*n
				execFunction(to, total, a, n)
			if kind==2: execFunction(to, say, "t"+k)
			if kind==3: execFunction(to, nothing)
			busy[to]=1
		k+=1
	w=1
	while w<numcores():
		if busy[w]==1: print waitFunctionFinish(w)
		w+=1
	shutdownTaskFarm()
else:
	worker()
