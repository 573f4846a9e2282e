# Sorting numbers that are spread over all cores, by odd-even transposition of blocks.
#
# Teaches: sendrecv of arrays. Neighbours swap blocks; the left one keeps the smaller
#          half, the right one the larger. After as many rounds as there are cores every
#          number is where it belongs.
# Run:     eptrans run sort.py             (any number of cores; --seed N for other numbers)

import parallel
import random
from util import oddSort

BLOCK=6

# Both blocks are in order; gives the smaller or the larger half of all, in order.
def merge(mine, theirs, smaller):
	kept=[0]*BLOCK
	a=0 if smaller else BLOCK-1
	b=a
	k=a
	while 0<=k and k<BLOCK:
		if smaller:
			if mine[a]<=theirs[b]:
				kept[k]=mine[a]
				a+=1
			else:
				kept[k]=theirs[b]
				b+=1
			k+=1
		else:
			if mine[a]>theirs[b]:
				kept[k]=mine[a]
				a-=1
			else:
				kept[k]=theirs[b]
				b-=1
			k-=1
	return kept

def text(block):
	line=""
	for x in block: line+=" "+x
	return line

block=[0]*BLOCK
for k in range(0, BLOCK-1):         # util's range includes its end
	block[k]=randint(0, 999)
before=reduce(sum(block), "sum")
oddSort(block, BLOCK)

for turn in range(1, numcores()):
	left=turn%2==coreid()%2         # am I the left one of a pair in this round?
	partner=coreid()+1 if left else coreid()-1
	if partner>=0 and partner<numcores():
		block=merge(block, sendrecv(block, partner, BLOCK), left)

print "my block:"+text(block)

# Every core but the first asks its left neighbour for the largest number there.
errors=0
if coreid()<numcores()-1: send(block[BLOCK-1], coreid()+1)
if coreid()>0 and recv(coreid()-1)>block[0]: errors=1
errors=reduce(errors, "sum")
after=reduce(sum(block), "sum")
if coreid()==0:
	if errors==0 and before==after: print "all "+BLOCK*numcores()+" numbers are in order"
