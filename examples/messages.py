# A parcel goes from core to core, and each adds its number to it.
#
# Teaches: send and recv, arrays as one message or value by value, probe.
# Run:     eptrans run messages.py         (any number of cores from 2 up)

from parallel import *

last=numcores()-1

if coreid()==0:
	# One value at a time: 100 goes round by way of every core.
	send(100, 1)
	print "the parcel came back with "+recv(last)

	# An array and a length: the first three elements are one message ...
	weights=[5, 6, 7, 8]
	send(weights, 1, 3)
	# ... and an array alone is sent whole.
	send(weights, 1)

	# Core 1 works for a while; probe looks whether its answer is there.
	looks=0
	while not probe(1):
		looks+=1
	if looks>0: print "had to look more than once"
	print "core 1 answers "+recv(1)
else:
	parcel=recv(coreid()-1)
	send(parcel+coreid(), (coreid()+1)%numcores())

if coreid()==1:
	first=recv(0)           # one by one: the receiver need not know how they were sent
	others=recv(0, 2)
	print "three weights: "+first+", "+others[0]+", "+others[1]
	whole=recv(0)
	print "the whole array has "+len(whole)+" elements"
	total=0
	for k in range(1000):
		total+=whole[k%len(whole)]
	send(total, 0)
