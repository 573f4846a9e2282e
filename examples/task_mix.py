# A farm whose tasks are different functions.
#
# Teaches: functions as values: a list of functions is the list of jobs; arguments may
#          be numbers, arrays and functions; results come back in any order.
# Run:     eptrans run task_mix.py         (any number of cores from 2 up)

import taskfarm

initTaskFarm(0)

def count_primes(limit):
	found=0
	for n in range(2, limit):
		prime=true
		d=2
		while prime and d*d<=n:
			if n%d==0: prime=false
			d+=1
		if prime: found+=1
	return found

def longest_collatz(limit):
	best=1
	most=0
	for start in range(1, limit):
		n=start
		length=0
		while n<>1:
			n=n/2 if n%2==0 else 3*n+1
			length+=1
		if length>most:
			most=length
			best=start
	return best

def fibonacci(n):
	if n<2: return n
	return fibonacci(n-1)+fibonacci(n-2)

# How many numbers below `limit` have a property?
def count_if(property, limit):
	found=0
	for n in range(limit):
		if property(n): found+=1
	return found

def is_square(n):
	root=0
	while root*root<n: root+=1
	return root*root==n

def scaled(values, factor):
	for i in range(len(values)): values[i]=values[i]*factor
	return values

if coreid()==0:
	jobs=[count_primes, longest_collatz, fibonacci, count_primes, fibonacci, longest_collatz]
	sizes=[500, 300, 15, 1000, 12, 1000]
	results=[0]*len(jobs)
	owner=[0]*numcores()            # 1 + the job that a worker has, 0: idle
	given=0
	done=0
	while done<len(jobs):
		for p in range(1, numcores()):
			if owner[p]>0 and testFunctionFinish(p):
				results[owner[p]-1]=waitFunctionFinish(p)
				owner[p]=0
				done+=1
			if owner[p]==0 and given<len(jobs):
				execFunction(p, jobs[given], sizes[given])
				given+=1
				owner[p]=given
	for job in range(len(jobs)):
		print "job "+job+" of size "+sizes[job]+" gives "+results[job]

	# A function and an array as arguments; the array goes by value.
	execFunction(1, count_if, is_square, 1000)
	print "squares below 1000: "+waitFunctionFinish(1)
	values=[1, 2, 3]
	execFunction(numcores()-1, scaled, values, 10)
	bigger=waitFunctionFinish(numcores()-1)
	print "scaled "+bigger[2]+", mine is still "+values[2]
	shutdownTaskFarm()
else:
	worker()
