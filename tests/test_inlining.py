"""Small functions of the user's become part of their callers: in the machine code no call of them is left.

What a call costs on the emulated core is still charged, and its frame is still checked against the end of the
emulated stack, before the C call: in the caller, where it does not keep the C compiler from inlining.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.machine_code import instructions

import eptrans

SMALL = {
    "called in two loops": """
def twice(x,y):
	return x*2+y
def total(n):
	s=0
	for i in range(n):
		s=twice(s,i)%1000003
	return s
def again(n):
	s=1
	while s<n:
		s=twice(s,s)
	return s
n=int(input())
while n<1000000:
	n+=total(n)+again(n)
print n
""",
    "with an array": """
def at(a,i):
	return a[i]
def total(a,n):
	s=0
	for i in range(n):
		s+=at(a,i)
	return s
n=int(input())
a=[1]*n
print total(a,n)+at(a,n-1)
""",
    "one calls the other": """
def half(x):
	return x*0.5
def middle(x,y):
	return half(x+y)
n=int(input())
s=0.0
for i in range(n):
	s=middle(s,i)+half(s)
print s
""",
}
RECURSIVE = """
def ways(n,k):
	if k==0 or k==n:
		return 1
	return ways(n-1,k-1)+ways(n-1,k)
print ways(int(input()),3)
"""


def calls(folder: Path, text: str, names: tuple[str, ...]) -> list[str]:
    """The instructions that call one of the user's functions."""
    path = folder / "prog.py"
    path.write_text(text, encoding="utf-8")
    code = instructions(eptrans.build(str(path)).shared_object)
    steps = [step for body in code.values() for step in body]
    assert any("module_main" in name for name in code), "the object has no symbols"
    return [step for step in steps if step.split()[0].startswith(("call", "bl")) and
            any(f"<fn_{name}" in step for name in names)]


@pytest.mark.parametrize("name", SMALL)
def test_no_call_of_a_small_function_is_left(name: str, tmp_path: Path) -> None:
    functions = tuple(line[4:line.index("(")] for line in SMALL[name].splitlines() if line.startswith("def "))
    assert calls(tmp_path, SMALL[name], functions) == []


def test_a_recursive_function_is_still_called(tmp_path: Path) -> None:
    assert calls(tmp_path, RECURSIVE, ("ways",)), "the test above would see no call at all"
