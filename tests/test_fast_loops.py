"""The fast copy of a loop is only faster: output, cycles and faults are those of the plain copy."""

from __future__ import annotations

from pathlib import Path

import pytest

import eptrans
import eptrans.codegen.emit_function

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
}


def run(folder: Path, name: str, cores: int) -> tuple[str, list[float]]:
    path = folder / f"{name}.py"
    path.write_text(PROGRAMS[name], encoding="utf-8")
    result = eptrans.build(str(path)).run(cores=cores)
    return result.output, list(result.cores["cycles"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_fast_copy_changes_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPTRANS_CACHE", str(tmp_path / "fast"))
    fast = run(tmp_path, name, cores=2)
    monkeypatch.setenv("EPTRANS_CACHE", str(tmp_path / "plain"))
    monkeypatch.setattr(eptrans.codegen.emit_function, "counted_loops", lambda *_: {})
    assert run(tmp_path, name, cores=2) == fast
