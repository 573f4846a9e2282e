"""Loops over arrays in shared memory: the copy that pays for each access takes the cycles of the plain one.

A list lies in shared memory once local memory is full, so that one program runs with its lists here or there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import test_chosen_arms
import test_fast_loops
import test_loops_with_calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.plain_copies import WRAPS, both, ends_of, with_full_memory

import eptrans

EXAMPLES = int(os.environ.get("EPTRANS_GENERATED_FAR", "12"))
FAR = "} else if (trips_"

PROGRAMS = {
    "histogram": """
p=[3,1,4,1,5,9,2,6,5,3]
a=[0]*10
for r in range(3):
	for k in range(10): a[p[k]]+=k
	for k in range(10):
		if a[k]%2==0: a[p[k]]=a[p[9-k]]+1
p[4]=-1
for k in range(10): a[p[k]]+=k
p[6]=12
for k in range(10): a[p[k]]+=1
print a[1],a[9],len(a)
""",
    "faults after accesses": """
a=[5,6,7,8,9,10]
d=[3,2,1,1,0,1]
s=0
for j in range(4): s+=a[j]//d[j]+a[d[j]]
print s
for j in range(6): s+=a[j]*2+a[d[j]]//d[j]
print s
""",
    "faults in a nest": """
a=[5,6,7,8,9,10]
d=[3,2,1,1,1,1]
s=0
for r in range(2):
	for j in range(6): s+=a[j]//d[j]
print s
d[4]=0
for r in range(2):
	for j in range(6): s+=a[j]//d[j]
print s
""",
    "an index outside in a nest": """
a=[5,6,7,8,9,10]
p=[3,2,-1,1,7,1]
s=0
for r in range(2):
	for j in range(6): s+=a[j]+a[p[j]]
print s
""",
}
OTHERS = {
    f"{module.__name__} {name}": text
    for module in (test_fast_loops, test_chosen_arms, test_loops_with_calls)
    for name, text in module.PROGRAMS.items()
    if name != WRAPS
}


@pytest.mark.parametrize("name", [*PROGRAMS, *OTHERS])
def test_shared_memory_costs_the_same_in_fast_copies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = with_full_memory("", {**PROGRAMS, **OTHERS}[name])
    fast, plain = both(tmp_path, name.replace(" ", "_"), text, 64 if name in PROGRAMS else 32, monkeypatch)
    assert fast == plain


INDICES = ("k", "p[k]", "i", "p[i]", "k-1", "9-k", "p[k]+1")
STATEMENTS = (
    "{0}[{1}]=s%20", "s=(s+{0}[{1}])%997", "{0}[{1}]+={0}[{2}]", "i=p[{2}]", "s+=b[{1}]//a[{2}]", "i+=1",
)  # fmt: skip
CONDITIONS = ("{0}[{1}]%2==0", "{0}[{1}]<b[{2}]", "i<9", "i<9 and a[i]>3", "s%3==0 or b[{1}]>5")


@st.composite
def bodies(draw: st.DrawFn, depth: int) -> list[str]:
    """Statements that read and write elements at places that are not known before the loop."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        chosen = [draw(st.sampled_from("ab")), *(draw(st.sampled_from(INDICES)) for _ in range(2))]
        if depth and draw(st.booleans()):
            lines.append(f"if {draw(st.sampled_from(CONDITIONS)).format(*chosen)}:")
            lines += ["\t" + line for line in draw(bodies(depth - 1))]
            if draw(st.booleans()):
                lines += ["else:", *("\t" + line for line in draw(bodies(depth - 1)))]
        else:
            lines.append(draw(st.sampled_from(STATEMENTS)).format(*chosen))
    return lines


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A counted loop in a function; some of its three lists lie in shared memory."""
    head = draw(st.sampled_from(("for k in range(n):", "for k in range(n,0,-2):", "while k<n:")))
    body = draw(bodies(2)) + (["k+=1"] if head.startswith("while") else [])
    ten = st.lists(st.integers(1, 9), min_size=10, max_size=10)
    lists = [f"{name}={draw(ten)}\n" for name in draw(st.permutations("abp"))]
    local = draw(st.integers(0, 3))
    runs = "".join(f"print walk(a,b,p,{draw(st.sampled_from((3, 9, 9, 10)))})\n" for _ in range(2))
    results = "print " + ",".join(f"{name}[{place}]" for name in "ab" for place in range(10)) + "\n"
    walk = "def walk(a,b,p,n):\n\ti=2\n\ts=1\n\tk=0\n" + "".join(
        f"\t{line}\n" for line in [head, *("\t" + line for line in body), "return s*100+i"]
    )
    return walk + with_full_memory("".join(lists[:local]), "".join(lists[local:]) + runs + results)


def test_shared_memory_in_generated_loops(tmp_path_factory: pytest.TempPathFactory) -> None:
    far = 0

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs(), st.sampled_from((32, 64)))
    def check(text: str, word: int) -> None:
        nonlocal far
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path_factory.mktemp("far")
            fast, plain = both(folder, "far", text, word, patch)
        assert fast == plain
        far += FAR in eptrans.build(folder / "far.py", word=word).c_text

    check()
    assert far >= EXAMPLES // 2


def test_shared_memory_is_paid_for(tmp_path: Path) -> None:
    """The lists of these tests do lie in shared memory: their reads and writes take longer by the price."""
    cycles = []
    for before, after in ((test_fast_loops.PROGRAMS["merge"], ""), ("", test_fast_loops.PROGRAMS["merge"])):
        path = tmp_path / "merge.py"
        path.write_text(with_full_memory(before, after), encoding="utf-8")
        cycles.append(ends_of(eptrans.build(path), 1)[2][0])
    assert cycles[1] > cycles[0] + 1000
