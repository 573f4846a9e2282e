"""Loops that are not counted: loading once what does not change is only faster, as is a fast copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.plain_copies import MERGES, both, cases

PROGRAMS = {
    "found or not": """
def find(a,x,n):
	i=0
	while i<n and a[i]!=x: i+=1
	return i
def last(a,x):
	i=len(a)-1
	while i>=0 and a[i]!=x: i-=1
	return i
def search(a,x,n):
	low=0
	high=n
	while low<high:
		middle=(low+high)/2 if low>=0 else 0
		if a[int(middle)]<x:
			low=int(middle)+1
		else:
			high=int(middle)
	return low
a=[0]*50
for i in range(50): a[i]=i*3
for x in range(0,160,7):
	print find(a,x,50),last(a,x),search(a,x,50)
print find(a,1000,60)
""",
    "two runs become one": """
def merge(a,b,low,middle,high):
	i=low
	j=middle
	k=low
	while i<middle and j<high:
		if a[i]<=a[j]:
			b[k]=a[i]
			i+=1
		else:
			b[k]=a[j]
			j+=1
		k+=1
	while i<middle:
		b[k]=a[i]
		i+=1
		k+=1
	while j<high:
		b[k]=a[j]
		j+=1
		k+=1
""" + MERGES + "merge(a,b,0,4,12)\n",
    "insertion": """
def sort(a,n):
	for i in range(1,n):
		x=a[i]
		j=i-1
		while j>=0 and a[j]>x:
			a[j+1]=a[j]
			j-=1
		a[j+1]=x
a=[0]*40
for i in range(40): a[i]=(i*17)%31
sort(a,40)
for i in range(40): print a[i],
sort(a,45)
""",
    "globals": """
limit=20
step=2
found=0
a=[5]*30
b=[0.5]*30
def run():
	global found
	i=0
	while a[i]>0:
		if i>=limit: break
		found=found+a[i]
		b[i]=b[i]+found*step
		if b[i]>1000.0: found=0
		i+=1
	return i
for r in range(6):
	a[r*4]=a[r*4]-5*(r%2)
	print run(),found,b[3]
""",
    "grows": """
a=[1]
n=1
while a[n-1]<1000:
	a[n]=a[n-1]*2
	if n>3: a[n]+=a[-1]-a[n-2]
	n+=1
print n,len(a),a[n-1]
k=0
s=0
while s<5000:
	s+=a[k]
	k=(k+3)%n if k<9 else k-9
	if s%7==0: a[k]+=1
print s,k
while a[k]>=0: k+=1
""",
    "several dimensions": """
from array import *
m=array(6,7)
for i in range(6):
	for j in range(7): m[i][j]=(i*5+j*3)%8
i=0
j=0
s=0
steps=0
while m[i][j]!=7 or steps<9:
	s=s*2%1009+m[i][j]
	m[i][j]=m[i][j]+1
	if (s+steps)%2==0:
		i=(i+1)%6
	else:
		j=(j+m[i][j])%7
	steps+=1
	if steps>200: break
print s,steps,i,j
while m[i][j]>-1: i+=1
""",
    "shared memory": """
from array import *
a=shared_mem_array(30)
b=[1]*30
i=0
while i<30 and b[i]>0:
	a[i]=i*b[i]
	i+=1
s=0
i=29
while i>=0 and s<200:
	s+=a[i]+b[i]
	i-=1
print s,i
""",
    "divides": """
a=[8,4,2,1,0,3]
i=0
s=0
while s<1000:
	s+=100/a[i]
	i+=1
print s
""",
    "moves both ways": """
a=[0]*16
for i in range(16): a[i]=(i*5)%16-3
i=3
s=0
n=0
while i<16 and n<50:
	s+=a[i]
	if a[i]>6:
		i-=2
	else:
		i+=1
	n+=1
	if i<0: break
print s,i,n
i=-3
while i<10 and a[i]<9:
	s+=a[i]
	i+=2
print s,i
i=12
while i<=16:
	s+=a[i-1]
	i+=3
	if s%2==0: i-=2
print s,i
while i<40:
	s+=a[i-16] if s%3 else a[i]
	i+=1+s%2
print s,i
""",
    "wraps": """
a=[2]*8
i=2147483640
s=0
n=0
while n<20:
	if i<8: s+=a[i%8]
	if i<8 and i>=0: s+=a[i]
	i+=1
	n+=1
print s,n
i=-2147483640
while i<8:
	i-=5
	s+=1
	if i>0: s+=a[i]
""",
    "freed": """
from memory import *
a=[1]*9
i=0
while i<len(a) and a[i]>0: i+=1
print i
free(a)
while i<20 and len(a)>=0:
	i+=a[0]
""",
    "loops": """
a=[0]*30
for i in range(30): a[i]=(i*11)%30
changed=true
rounds=0
while changed:
	changed=false
	i=0
	while i+1<30:
		if a[i]>a[i+1]:
			t=a[i]
			a[i]=a[i+1]
			a[i+1]=t
			changed=true
		i+=1
	rounds+=1
print rounds,a[0],a[29]
i=0
while true:
	if a[i]>20: break
	j=i
	while a[j]<25:
		if a[j]%5==4:
			a[j]+=2
			break
		j+=1
		if j>28: break
	i+=1
print i,j,a[7]
""",
}


@pytest.mark.parametrize(("name", "word"), cases(PROGRAMS))
def test_the_fast_copy_changes_nothing(
    name: str, word: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, plain = both(tmp_path, name, PROGRAMS[name], word, monkeypatch)
    assert fast == plain
