"""Loops over globals and loops that call small functions: the fast copy changes nothing but the time.

Output, faults, cycles and the depth of the stack are those of the plain copy, for the programs here and for
random ones made of what these loops are about: globals that functions read and write, calls on some ways
only, and indices that are inside because of conditions, or are not.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.plain_copies import both, cases

PROGRAMS = {
    "globals": """
n=60
a=[0]*n
total=0
i=0
def show():
	print total,i
while i<n:
	a[i]=i*7%13
	total=total+a[i]
	if a[i]>9:
		total=total-1
	i=i+1
show()
for r in range(5):
	i=0
	while i<n-1:
		a[i]=a[i+1]+r
		total=total+a[i]
		i=i+1
show()
""",
    "calls": """
def square(x):
	return x*x
def clipped(x, most):
	if x>most:
		return most
	return x
n=50
a=[0]*n
s=0
for i in range(n):
	a[i]=clipped(square(i),700)
	s=s+a[i]
print s
for r in range(4):
	for i in range(n):
		s=s+clipped(a[i]+r, 300)*square(r)
print s
""",
    "calls that change globals": """
total=0
count=0
def add(x):
	global total,count
	total=total+x
	if x%3==0:
		count=count+1
i=0
while i<40:
	add(i*3)
	total=total+i
	i=i+1
print total,count,i
for r in range(3):
	for i in range(10):
		add(i)
		if i==r: add(total%7)
print total,count
""",
    "calls with arrays": """
from array import *
n=12
a=array(n,n)
b=[0.5]*n
def cell(m,i,j):
	return m[i][j]*2+1
def put(m,i,j,v):
	m[i][j]=v
	return 0
def weight(k):
	return b[k]*0.5
for i in range(n):
	for j in range(n):
		put(a,i,j,i*j%5)
s=0
w=0.0
for i in range(n):
	for j in range(n):
		s=s+cell(a,i,j)
	w=w+weight(i)
	b[i]=w
print s,w
for i in range(n):
	w=w+weight(n-1-i)
print w
for i in range(n+1):
	w=w+weight(i)
print w
""",
    "a fault inside a call": """
a=[4,2,1,0,3]
def share(k):
	return 100/a[k]
def twice(k):
	return share(k)+share(k)
s=0
for i in range(5):
	s=s+twice(i)
print s
""",
    "an index that is not known before, inside a call": """
a=[3,1,2,0,9]
def follow(k):
	return a[a[k]]
s=0
for i in range(4):
	s=s+follow(i)
print s
for i in range(5):
	s=s+follow(i)
print s
""",
    "a call that grows a list": """
a=[0]
def put(i):
	a[i*2]=i
for i in range(20):
	put(i)
print len(a)
where=[5,1,0,3]
def place(i):
	a[where[i]]=i
for r in range(3):
	for i in range(4):
		place(i)
for i in range(6): print a[i],
""",
    "a loop inside a call": """
n=15
x=[1.5]*n
def row(r):
	s=0.0
	for i in range(n):
		s=s+x[i]*r
	return s
t=0.0
for r in range(n):
	t=t+row(r)
	x[r]=t*0.001
print t
""",
    "a call on a way not always taken": """
def deep(x):
	return x*3
def middle(x):
	return deep(x)+1
s=0
for i in range(30):
	if i>100:
		s=s+middle(i)
	else:
		s=s+1
print s
for i in range(30):
	if i>20:
		s=s+middle(i)
print s
""",
    "no calls, for there are no trips": """
def deep(x):
	return x*3
def middle(x):
	return deep(x)+1
s=0
n=0
for i in range(n):
	s=s+middle(i)
print s
for r in range(3):
	for i in range(n):
		s=s+middle(i)
print s
""",
    "the stack ends": """
def leaf(x):
	return x+1
def down(n):
	s=0
	for i in range(3):
		s=s+leaf(i)
	return s+down(n+1)
print down(0)
""",
    "random numbers and functions of math": """
import random
import math
def point():
	x=random()
	y=random()
	return 1 if sqrt(x*x+y*y)<=1.0 else 0
inside=0
for i in range(300):
	inside=inside+point()
print inside
""",
    "arguments that are assigned": """
def gcd_step(a,b):
	a=a%b
	b=b-a
	return a*10+b
s=0
for i in range(1,40):
	s=s+gcd_step(i+9,i)
print s
""",
    "the variable that counts is a global": """
i=0
seen=0
def look():
	return i*2
def move():
	global i
	i=i+2
while i<30:
	seen=seen+look()
	i=i+1
print seen,i
i=0
while i<30:
	seen=seen+look()
	move()
	i=i+1
print seen,i
""",
    "shared memory": """
from array import *
a=shared_mem_array(40)
b=array(40)
def get(i):
	return a[i]
def put(i,v):
	a[i]=v
for i in range(40):
	put(i,i*3%7)
s=0
for i in range(40):
	if b[i]==0:
		s=s+get(i)
for r in range(3):
	for i in range(40):
		if i%2==r:
			s=s+get(i)
			put(i,s%10)
print s
""",
    "a list under two names, one of them a global": """
a=[1]*30
b=a
def shift(i):
	a[i]=b[i-1]+a[i]
for i in range(1,30):
	shift(i)
for r in range(2):
	for i in range(1,30):
		shift(i)
print a[29],b[3]
""",
    "accesses under conditions": """
n=12
a=[1]*n
b=[0]*n
for i in range(n):
	if i>0: b[i]=a[i-1]+b[i]
	if i<n-1: b[i]=b[i]+a[i+1]
	if not i<2 and i!=n-1: b[i]=b[i]*2+a[i-2]
	if 3<=i: b[i-3]=i
	if i==0 or i==n-1: a[i]=7
	else: a[i]=a[i+1]-b[i-1]
s=0
for r in range(4):
	for i in range(n):
		if i>r: s=s+a[i-r-1]
		if i+r<n: s=s+b[i+r]
		if i-3>=0 and r: a[i-3]=s%100
		if i!=0: b[i-1]=b[i-1]+r
		if i==5: s=s+a[i+6]
for i in range(n-1,-1,-1):
	if i>=4: s=s*3%1001+b[i-4]
i=n-1
while i>=0:
	if i<8 and i+4!=n: s=s+a[i+4]
	i=i-2
print s
""",
    "a condition that is not enough": """
n=12
a=[1]*n
s=0
for i in range(n):
	if i>0: s=s+a[i-2]
print s
for i in range(n):
	if i<n: s=s+a[i+1]
print s
""",
    "a condition on what wraps": """
a=[1]*5
s=0
i=-2147483648
for r in range(6):
	if i-1>=0: s=s+a[r]
	if i-1>=2147483647 and r<5: s=s+a[r]
	i=i+1
print s
k=2147483644
while k<2147483647:
	if k+2<0: s=s+a[k-2147483644]
	if k+4>0: s=s+a[k+5-2147483640]
	k=k+1
print s
""",
    "conditions in a grid": """
from array import *
def neighbours(m,i,j,n):
	s=0
	if i>0: s=s+m[i-1][j]
	if i<n-1: s=s+m[i+1][j]
	if j>0: s=s+m[i][j-1]
	if j<n-1: s=s+m[i][j+1]
	return s
n=9
m=array(n,n)
k=array(n,n)
for i in range(n):
	for j in range(n):
		m[i][j]=(i*5+j*3)%7%2
for t in range(3):
	for i in range(n):
		for j in range(n):
			c=neighbours(m,i,j,n)
			if c==2 or (c==1 and i>0 and m[i-1][j]==1): k[i][j]=1
			else: k[i][j]=0
	for i in range(n):
		for j in range(n):
			m[i][j]=k[i][j]
s=0
for i in range(n):
	for j in range(n):
		s=s*2%100003+m[i][j]
print s
""",
}


@pytest.mark.parametrize(("name", "word"), cases(PROGRAMS))
def test_the_fast_copy_changes_nothing(
    name: str, word: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, plain = both(tmp_path, name, PROGRAMS[name], word, monkeypatch)
    assert fast == plain


NAMES = ("p", "q", "s", "i", "j")  # all but the last two are globals that functions use
CONDITIONS = ("{0}>{1}", "{0}<{1}", "{0}!={1}", "not {0}<={1}", "{0}>={1} and {0}<7", "{0}%3=={1}")
VALUES = ("{0}+{1}", "{0}-{1}", "{0}*3%11+{1}", "a[{0}%8]+{1}")
CALLS = ("get({0}%8)+{1}", "mix({0},{1})")


@st.composite
def statements(draw: st.DrawFn, names: tuple[str, ...], depth: int) -> list[str]:
    """Some statements of a loop's body or, over globals alone, a function's."""
    name, calls = st.sampled_from(names), len(names) > 3
    values = st.sampled_from(VALUES + CALLS if calls else VALUES)
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        form = draw(st.integers(0, 5 if depth else 3))
        value = draw(values).format(draw(name), draw(st.integers(0, 4)))
        if form == 0:
            lines.append(f"{draw(st.sampled_from(NAMES[:3]))}=({value})%10007")
        elif form == 1:
            lines.append(f"a[{draw(st.sampled_from(names[3:] or ('q%8',)))}]=({value})%100")
        elif form == 2:
            lines.append(f"add({value})" if calls else f"q=q+{draw(name)}%3")
        elif form == 3:
            shift = draw(st.integers(-2, 2))
            lines.append(f"s=s+a[{draw(name)}{shift:+d}]" if calls else f"s=s+{shift}")
        else:
            condition = draw(st.sampled_from(CONDITIONS)).format(draw(name), draw(st.integers(0, 8)))
            lines.append(f"if {condition}:")
            lines += ["\t" + line for line in draw(statements(names, depth - 1))]
    return lines


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program with functions over globals, a loop that calls them, and a nest."""
    function = draw(statements(NAMES[:3], 1))
    single, nested = draw(statements(NAMES[:4], 2)), draw(statements(NAMES, 2))
    first, last = draw(st.integers(0, 2)), draw(st.integers(5, 9))
    counted = draw(st.sampled_from([f"for i in range({first},{last}):", f"i={first}\nwhile i<{last}:"]))
    step = [] if counted.startswith("for") else ["i=i+1"]
    return "\n".join([
        "a=[3,1,4,1,5,9,2,6]", "p=1", "q=2", "s=0", "i=0",
        "def get(k):", "\treturn a[k]",
        "def mix(x,y):", "\tif x>y: return x-y+p", "\treturn get(x%8)+q",
        "def add(x):", "\tglobal p,q,s", "\tp=(p+x)%1009", *("\t" + line for line in function),
        "def show():", "\tprint p,q,s,i",
        counted, *("\t" + line for line in single + step), "show()",
        "for i in range(6):", "\tfor j in range(8):", *("\t\t" + line for line in nested), "show()",
        "print a", "",
    ])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_the_fast_copy_changes_nothing_in_random_programs(tmp_path: Path, text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast, plain = both(tmp_path, "prog", text, 32, patch)
    assert fast == plain
