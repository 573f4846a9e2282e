"""Branches whose arms match are written without a branch, and nothing else is different.

What a program prints, its cycles and its faults are compared with those of the plain copies of its loops; in
generated arms, too. The generated C tells where both arms are one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.plain_copies import both

import eptrans

MERGED = "EP_ANEW(-(ep_int)("
"""What chooses, in the generated C."""

FILL = """
def fill(a,n,seed):
	for i in range(n):
		seed=(seed*1103+12345)%65536
		a[i]=seed
"""

COUNTED = """
def merge(a,spare,low,middle,high):
	i=low
	j=middle
	for k in range(low,high):
		if i<middle and (j>=high or a[i]<=a[j]):
			spare[k]=a[i]
			i+=1
		else:
			spare[k]=a[j]
			j+=1
	return i*1000+j
"""

UNCOUNTED = """
def merge(a,b,c,n,m):
	i=0
	j=0
	k=0
	while i<n and j<m:
		if a[i]<b[j]:
			c[k]=a[i]
			i+=1
		else:
			c[k]=b[j]
			j+=1
		k+=1
	while i<n:
		c[k]=a[i]
		i+=1
		k+=1
	return k
"""

PARTITION = """
def part(a,low,high,n,pivot):
	i=0
	j=0
	for k in range(n):
		x=a[k]
		if x<pivot:
			low[i]=x
			i+=1
		else:
			high[j]=x
			j+=1
	return i*100+j
"""

TWO = """
a=[0]*40
b=[0]*40
c=[0]*90
fill(a,40,3)
fill(b,40,7)
"""

PROGRAMS = {
    "a counted merge": FILL + COUNTED + TWO + "print merge(a,b,0,20,40),merge(a,b,3,7,11),b[0],b[19],b[39]\n",
    "a merge that reads past the end": FILL + COUNTED + TWO + "print merge(a,c,0,20,44)\n",
    "a merge that starts below": FILL + COUNTED + TWO + "print merge(a,b,-3,20,30)\n",
    "a merge of two lists": FILL + UNCOUNTED + TWO + "print merge(a,b,c,40,40),c[0],c[40],c[77]\n",
    "one list is shorter than told": FILL + UNCOUNTED + TWO + "print merge(a,b,c,40,60)\n",
    "the list written to ends first": FILL + UNCOUNTED + TWO + "print merge(a,b,[0]*9,40,40)\n",
    "it is one of the lists read": FILL + UNCOUNTED + TWO + "print merge(a,b,a,40,40),a[7],a[39]\n",
    "a partition": FILL + PARTITION + TWO + "print part(a,b,c,40,30000),b[3],c[3]\n",
    "a partition into one list": FILL + PARTITION + TWO + "print part(a,b,b,40,30000),b[3],b[19]\n",
    "a partition into too short a list": FILL + PARTITION + TWO + "print part(a,[0]*9,c,40,30000)\n",
    "reals": """
def part(a,low,high,n):
	i=0
	j=0
	k=0
	while k<n:
		if a[k]*2.0<0.5:
			low[i]=a[k]*0.5
			i+=1
		else:
			high[j]=a[k]*0.5
			j+=1
		k+=1
	return i*100+j
a=[0.25,0.125,0.75,0.0,0.5,-1.0]
b=[0.0]*6
c=[0.0]*6
print part(a,b,c,6),b[0],b[1],b[2],c[0],c[1]
print part(a,b,a,6),a[0],a[1],a[2]
""",
    "steps of other lengths and signs": """
def walk(a,n):
	i=0
	j=30
	s=0
	for k in range(n):
		if a[i]>a[j]:
			s=s+i*3
			i+=2
		else:
			s=s+j*5
			j+=-1
	return i*10000+j*100+s
a=[0]*31
for i in range(31):
	a[i]=i*7%13
print walk(a,12)
print walk(a,60)
""",
    "what an arm makes and goes on with": """
def walk(a,b,n):
	i=0
	j=0
	s=0
	t=0
	while i+j<n:
		if a[i]<b[j]:
			s=a[i]-i
			b[i]=s*2+t
			i=i+1
		else:
			t=b[j]-j
			b[j]=t*2+s
			j=j+1
	return s*1000+t
a=[5,1,4,9,2,6,7,3,8,0,3]
b=[2,7,1,8,2,8,1,8,2,8,4]
print walk(a,b,12),b[1],b[5],b[10]
print walk(a,b,30)
""",
}

UNTOUCHED = {
    "counters alone": """
def f(a,n):
	i=0
	j=0
	for k in range(n):
		if i<5:
			a[i]=i
			i+=1
		else:
			a[j]=j
			j+=1
	return i*100+j
print f([0]*9,9)
""",
    "arms that differ": """
def f(a,n):
	i=0
	j=0
	for k in range(n):
		if a[i]<a[j+1]:
			i+=1
		else:
			j+=1
			a[i]=j
	return i*100+j
print f([3,1,2,4,3,5,4,8,1],8)
""",
    "an index that an arm makes": """
def walk(a,b,n):
	i=0
	j=0
	s=0
	t=0
	while i+j<n:
		if a[i]<b[j]:
			i=i+1
			s=a[i]-i
			b[i]=s*2
		else:
			j=j+1
			t=b[j]-j
			b[j]=t*2
	return s*1000+t
a=[5,1,4,9,2,6,7,3,8,0,3]
b=[2,7,1,8,2,8,1,8,2,8,4]
print walk(a,b,12),b[1],b[5],b[10]
print walk(a,b,30)
""",
    "a division, which may fault": """
def f(a,n):
	i=0
	j=0
	for k in range(n):
		if a[i]<a[j+1]:
			i=12/a[i]
		else:
			j=9/a[j]
	return i*100+j
print f([3,4,2,4,3,5,4,8,1],8)
""",
}


def emitted(folder: Path, text: str, word: int = 32) -> str:
    """The generated C of a program."""
    path = folder / "emitted.py"
    path.write_text(text, encoding="utf-8")
    return eptrans.build(str(path), word=word).c_text


@pytest.mark.parametrize("word", [32, 64])
@pytest.mark.parametrize("name", PROGRAMS)
def test_choosing_changes_nothing(
    name: str, word: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MERGED in emitted(tmp_path, PROGRAMS[name], word)
    fast, plain = both(tmp_path, name, PROGRAMS[name], word, monkeypatch)
    assert fast == plain


@pytest.mark.parametrize("name", UNTOUCHED)
def test_other_branches_stay(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MERGED not in emitted(tmp_path, UNTOUCHED[name])
    fast, plain = both(tmp_path, name, UNTOUCHED[name], 32, monkeypatch)
    assert fast == plain


REGISTERS = ("i", "j", "s", "t")
NUMBERS = st.one_of(st.sampled_from(REGISTERS), st.integers(-3, 3).map(str))
PLACES = st.sampled_from(("i", "j", "k"))
ARRAYS = st.sampled_from(("a", "b", "c"))


@st.composite
def pairs_of_arms(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Two arms with the same operations on different operands."""
    arms: tuple[list[str], list[str]] = ([], [])
    kinds = draw(st.lists(st.sampled_from(("compute", "load", "store", "move")), max_size=3))
    for kind in [*kinds, "count"]:  # an arm that counts before it uses an index is left as it is
        operator = draw(st.sampled_from(("+", "-", "*", "&", "|")))
        for arm in arms:
            if kind == "count":
                register = draw(st.sampled_from(("i", "j")))
                arm.append(f"{register}+={draw(st.integers(1, 2))}")
            elif kind == "compute":
                left, right = draw(NUMBERS), draw(NUMBERS)
                arm.append(f"{draw(st.sampled_from(('s', 't')))}=({left}{operator}{right})&255")
            elif kind == "load":
                arm.append(f"{draw(st.sampled_from(('s', 't')))}={draw(ARRAYS)}[{draw(PLACES)}]")
            elif kind == "store":
                arm.append(f"{draw(ARRAYS)}[{draw(PLACES)}]={draw(NUMBERS)}")
            else:
                arm.append(f"{draw(ARRAYS)}[{draw(PLACES)}]={draw(ARRAYS)}[{draw(PLACES)}]")
    return arms


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A loop with a branch on elements of arrays, which may run past the end of one."""
    then, otherwise = draw(pairs_of_arms())
    left, right = draw(PLACES), draw(PLACES)
    head = draw(st.sampled_from(("for k in range(n):", "while k<n:")))
    lines = [head, f"\tif {draw(ARRAYS)}[{left}]<{draw(ARRAYS)}[{right}]:"]
    lines += [f"\t\t{one}" for one in then]
    lines += ["\telse:", *(f"\t\t{one}" for one in otherwise)]
    if head.startswith("while"):
        lines.append("\tk+=1")
    body = "\n".join(f"\t{line}" for line in lines)
    call = f"print walk(a,b,c,{draw(st.sampled_from((6, 9, 10)))})"
    nine = st.lists(st.integers(0, 9), min_size=9, max_size=9)
    arrays = "".join(f"{name}={draw(nine)}\n" for name in "abc")
    results = "print " + ",".join(f"{name}[{place}]" for name in "abc" for place in range(9))
    state = "\ti=0\n\tj=0\n\ts=0\n\tt=0\n\tk=0\n"
    return f"def walk(a,b,c,n):\n{state}{body}\n\treturn ((i*100+j)*256+s)*256+t\n{arrays}{call}\n{results}\n"


@settings(
    max_examples=int(os.environ.get("EPTRANS_GENERATED_ARMS", "8")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_choosing_changes_nothing_in_generated_arms(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast, plain = both(tmp_path_factory.mktemp("arms"), "arms", text, 32, patch)
    assert fast == plain
