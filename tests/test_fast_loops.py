"""The fast copy of a loop is only faster: output, cycles and faults are those of the plain copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.plain_copies import MERGES, both, built_both_ways, cases, ends_of

PROGRAMS = {
    "jacobi": """
u=[0.0]*40
v=[0.0]*40
u[0]=1.0
for k in range(30):
	i=1
	while i<39:
		v[i]=0.5*(u[i-1]+u[i+1])
		i+=1
	for i in range(1,38):
		u[i]=v[i]
print u[3]
""",
    "branches": """
import random
a=[0]*100
n=0
for i in range(100):
	a[i]=(i*37)%11
	if a[i]>5:
		n+=a[i]
		if a[i]==7: n-=1
	else:
		a[i]+=100
print n
i=99
while i>=0:
	n+=a[i]*i
	i-=3
print n
""",
    "matrix": """
from array import *
n=9
a=array(n,n)
b=array(n,n)
for i in range(n):
	for j in range(n):
		a[i][j]=i-j
		b[i][j]=i+j
s=0
for i in range(n):
	for j in range(n):
		t=0
		for k in range(n):
			t+=a[i][k]*b[k][j]
		s=s^2%10007+t
print s
""",
    "shared": """
from array import *
a=shared_mem_array(60)
b=array(60)
m=shared_mem_array(6,6)
for i in range(60):
	a[i]=i*3%7
	b[i]=a[i]+a[i/2]
	if b[i]>6:
		a[i]=b[i]+100/(a[i]+1)
n=0
for i in range(60):
	if a[i]>3:
		n+=b[i]
	else:
		b[i]=a[i]
for i in range(6):
	for j in range(6):
		m[i][j]=n+j
		n+=m[i][j]
big=[0]*9000
for i in range(9000):
	big[i]=big[i]+i
print n
""",
    "grows": """
a=[0]
for i in range(50):
	a[i]=i*i
	s=0
	for k in range(i):
		s+=a[k]
	print s
""",
    "triangle": """
n=12
x=[0.0]*n
v=[0.0]*n
for i in range(n): x[i]=i*1.5
for step in range(20):
	for i in range(n):
		for j in range(i+1,n):
			d=x[i]-x[j]
			v[i]-=d*0.01
			v[j]+=d*0.01
	for i in range(n): x[i]+=v[i]
print x[0],x[5],x[11]
""",
    "aliases": """
def shift(a,b,n):
	for k in range(3):
		for i in range(1,n):
			a[i]=b[i-1]+k
a=[0]*30
b=[5]*30
shift(a,b,30)
print a[7],a[29]
shift(a,a,30)
print a[7],a[29]
b=a
shift(a,b,29)
print a[7],b[28]
""",
    "leaves the array in the middle": """
a=[1]*20
s=0
for i in range(15):
	for j in range(i):
		a[i+j]+=j
		s+=a[i+j]
	print i,s,len(a)
""",
    "reads outside in the middle": """
a=[1]*20
s=0
for i in range(15):
	for j in range(i):
		s+=a[i+j]
print s
""",
    "a loop that always ends with break": """
b=[5]*20
g=3
for r in range(8):
	for i in range(r,len(b)):
		g=(g*3+b[i])%1009
	for i in range(-3,len(b),3):
		g+=i
		break
	while g>500: break
print g
""",
    "no trips": """
n=0
a=[0]*5
s=0
for r in range(4):
	for i in range(n):
		for j in range(100):
			a[j]=1
	for i in range(r):
		for j in range(i,r-1):
			s+=a[j]+1
	for i in range(5):
		a[i]+=r
print s,a[4]
""",
    "down": """
n=20
a=[0]*n
s=0
for i in range(n-1,-1,-1):
	for j in range(n-1,i,-2):
		a[j]+=i
	j=i
	while j>0:
		s+=a[j]*j
		j-=3
i=n-1
while i>=0:
	j=n-1
	while j>i:
		a[j]-=1
		j-=1
	i-=2
for i in range(n): print a[i],
print s
""",
    "bound changes": """
a=[1]*60
m=3
s=0
for i in range(20):
	for j in range(m):
		s+=a[j]
		a[j]+=1
	m+=2
print s,m,a[3]
""",
    "sieve": """
def primes(c,n):
	count=0
	for i in range(2,n+1):
		if c[i]==0:
			count+=1
			j=i*2
			while j<=n:
				c[j]=1
				j+=i
	return count
print primes([0]*501,500)
print primes([0]*300,400)
""",
    "flat": """
n=8
a=[0.5]*(n*n)
b=[0.0]*(n*n)
for r in range(5):
	for i in range(1,n-1):
		for j in range(1,n-1):
			b[i*n+j]=0.25*(a[(i-1)*n+j]+a[(i+1)*n+j]+a[i*n+j-1]+a[i*n+j+1])
	for k in range(n*n):
		a[k]=b[k]+k%3
print a[9],a[27],a[63]
""",
    "picked": """
n=10
pick=[0]*n
x=[0]*n
for i in range(n):
	pick[i]=(i*7)%n
	x[i]=i
s=0
for r in range(3):
	for i in range(n):
		s+=x[pick[i]]*r
		x[i]+=pick[i]
print s
pick[4]=-2
for r in range(3):
	for i in range(n):
		s+=x[pick[i]]*r
print s
pick[5]=n
for r in range(3):
	for i in range(n):
		s+=x[pick[i]]*r
print s
""",
    "merge": """
def merge(a,b,low,middle,high):
	i=low
	j=middle
	for k in range(low,high):
		if i<middle and (j>=high or a[i]<=a[j]):
			b[k]=a[i]
			i+=1
		else:
			b[k]=a[j]
			j+=1
""" + MERGES + "merge(a,b,4,8,12)\n",
    "grows through another name": """
a=[0]*10
b=a
s=0
for i in range(10):
	a[i]=i
	b[i*2]=1
	s+=a[i]
for i in range(200):
	b[(i*37)%400]=i
	a[i%50]+=i
	s+=b[i%60]
print s,len(a)
""",
    "chance": """
import random
a=[0]*50
for r in range(40):
	for i in range(10):
		a[randrange(50)]=random()*10+a[randrange(50)]
		a[randrange(55)]=i
print a[3]
""",
    "divides": """
a=[4,2,1,0]
s=0
for r in range(3):
	for i in range(4):
		s+=100/(a[i]+1)
print s
for r in range(3):
	for i in range(4):
		s+=100//a[i]
print s
""",
    "word edge": """
a=[1]*4
s=0
i=2147483640
while i<=2147483645:
	j=2147483645
	while j<2147483647:
		s+=1
		j+=1
	i+=1
print s
for i in range(3):
	for j in range(3):
		s+=a[(i*1000000+j)*4096%4]
print s
""",
    "wraps": """
s=0
for k in range(2):
	j=2147483640
	while j>0:
		s+=1
		j+=3
print s
""",
    "shapes": """
from array import *
def total(m,rows,columns):
	s=0.0
	for i in range(rows):
		for j in range(columns):
			s+=m[i][j]
	return s
a=array(3,4)
b=array(5,2)
for i in range(3):
	for j in range(4):
		a[i][j]=i*0.5+j
for i in range(5):
	for j in range(2):
		b[i][j]=i-j*0.25
print total(a,3,4),total(b,5,2)
print total(a,4,4)
""",
    "lengths": """
from memory import *
a=[1]*6
s=0
for i in range(len(a)):
	for j in range(len(a)-i):
		s+=a[j]+a[len(a)-1-j]
print s
free(a)
for i in range(2):
	for j in range(len(a)):
		s+=a[j]
""",
}


@pytest.mark.parametrize(("name", "word"), cases(PROGRAMS))
def test_the_fast_copy_changes_nothing(
    name: str, word: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, plain = both(tmp_path, name, PROGRAMS[name], word, monkeypatch)
    assert fast == plain


OPERATIONS = (
    "n<<31", "n<<32", "n>>40", "n<<63", "n<<64", "n>>x", "n**3", "n**0", "n**-1", "n//3", "n%-3",
    "r**2", "r**0", "r**0.5", "r**2.0", "r**-2", "r**-0.5", "r/2", "r/-0.5", "r//0.25", "r%1.5", "sqrt(r)",
)  # fmt: skip
AT_A_TRIP: dict[str, set[str]] = {
    "epython": set(),
    "python3": {"n**-1", "r**0.5", "r**-2", "r**-0.5", "sqrt(r)"},
}
"""What is an error once an operand is 0 or below."""
OUTSIDE_THE_WORD = {32: {"n<<32", "n<<63", "n<<64", "n>>40", "n>>x"}, 64: {"n<<64"}}


@pytest.mark.parametrize("std", ["epython", "python3"])
@pytest.mark.parametrize("word", [32, 64])
def test_what_is_an_error_in_the_middle_of_a_loop(
    std: str, word: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each operation in a loop of its own, the operands becoming such that some of them are errors."""
    head = "from math import sqrt\nfrom parallel import *\nx=33\nu=[1]*50\nv=[4.0]*50\nw=[0.0]*50\ns=0\n"
    loop = "{0}for i in range(50):\n{0}\ts+=i\n{0}\tn=u[i]\n{0}\tr=v[i]\n{0}\tw[i]={1}\n"
    changed = "for i in range(50):\n\tif i>40: u[i]=0\n\tif i==30: v[i]=-1.0\n\tif i==35: v[i]=0.0\n"
    one_a_core = "".join(
        f"if coreid()=={core}:\n" + loop.format("\t", operation) for core, operation in enumerate(OPERATIONS)
    )
    text = f"{head}{changed}{one_a_core}print(s, w[3], w[49])\n"
    fast, plain = built_both_ways(tmp_path, "operations", text, word, monkeypatch, std)
    ends = [ends_of(fast, [core]) for core in range(len(OPERATIONS))]
    assert ends == [ends_of(plain, [core]) for core in range(len(OPERATIONS))]
    wrong = {operation for operation, (_, error, *_) in zip(OPERATIONS, ends, strict=True) if error}
    assert wrong == AT_A_TRIP[std] | OUTSIDE_THE_WORD[word]
