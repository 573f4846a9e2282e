# Finding prime numbers with a pipeline: every core is one stage.
#
# Teaches: a chain of cores where each works on what the one before hands on, all at
#          the same time; `none` as the mark that nothing more will come.
# Run:     eptrans run pipeline.py         (any number of cores from 2 up: each core
#          but the first finds one prime)

from parallel import *

LIMIT=60

def source():
	for n in range(2, LIMIT+1):
		send(n, 1)
	send(none, 1)

# The first number that reaches a stage is a prime; the stage keeps it and hands on
# only numbers that it does not divide.
def sieve():
	last=coreid()==numcores()-1
	prime=recv(coreid()-1)
	passed=0
	if prime is none:
		print "no number reached me"
	else:
		n=recv(coreid()-1)
		while n is not none:
			if n%prime!=0:
				passed+=1
				if not last: send(n, coreid()+1)
			n=recv(coreid()-1)
		print "prime "+prime+", let "+passed+" numbers pass"
	if not last: send(none, coreid()+1)

if coreid()==0:
	source()
else:
	sieve()
