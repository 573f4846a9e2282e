"""Nests of loops keep the cycles of their iterations for the end: they come to what the plain copy adds.

Generated nests have branches around their inner loops, loops that do not run, steps that are not constants,
and arrays in local and in shared memory; an index may leave its array at some iteration.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.plain_copies import both, ends_of

import eptrans

EXAMPLES = int(os.environ.get("EPTRANS_GENERATED_NESTS", "12"))
VARIABLES = "ijkl"
OUTER_STARTS = st.sampled_from(("0", "1", "2"))
CONDITIONS = ("a[{0}]%3==0", "s%2==0", "{0}>2", "a[{0}]>b[{0}] and {0}<5", "not s%3==1", "s<0")
STATEMENTS = ("a[{0}]=s%50", "s=s+b[{0}]", "b[{0}+1]=a[{0}]+1", "s=(s*3+{0})%1009", "f=f+0.5")


@st.composite
def bodies(draw: st.DrawFn, names: str, depth: int) -> list[str]:
    """Some statements of a loop whose variable is the last of these, further loops among them."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        form = draw(st.integers(0, 4 if depth else 2))
        name = draw(st.sampled_from(names))
        if form < 2:
            lines.append(draw(st.sampled_from(STATEMENTS)).format(name))
        elif form == 2:
            lines.append(f"if {draw(st.sampled_from(CONDITIONS)).format(name)}:")
            lines += ["\t" + line for line in draw(bodies(names, max(0, depth - 1)))]
            if draw(st.booleans()):
                lines += ["else:", *("\t" + line for line in draw(bodies(names, max(0, depth - 1))))]
        elif len(names) < len(VARIABLES):
            lines += draw(loops(names, depth - 1))
    return lines or ["s=s+1"]


@st.composite
def loops(draw: st.DrawFn, names: str, depth: int) -> list[str]:
    """A loop with the next variable; its ends and its step may be made of those of the loops around it."""
    name, around = VARIABLES[len(names)], names[-1:]
    inner_starts = st.sampled_from(("0", "1", f"{around}+1", f"{around}*2", around))
    first = draw(inner_starts if around else OUTER_STARTS)
    last = draw(st.sampled_from(("n", "n-1", "7", *((f"{around}+2", around) if around else ()))))
    body = ["\t" + line for line in draw(bodies(names + name, depth))]
    form = draw(st.integers(0, 3))
    if form < 2:
        step = draw(st.sampled_from(("", ",2", ",3"))) if form else ""
        return [f"for {name} in range({first},{last}{step}):", *body]
    if form == 2:
        down = draw(st.integers(1, 2))
        return [f"{name}={last}", f"while {name}>={first}:", *body, f"\t{name}-={down}"]
    step = draw(st.sampled_from(("1", "2", "w", f"({around}+1)" if around else "w")))
    return [f"{name}={first}", f"while {name}<{last}:", *body, f"\t{name}+={step}"]


def has_inner_loop(lines: list[str]) -> bool:
    """Whether a loop's body has a loop that stands in no branch."""
    return any(line.startswith(("\tfor", "\twhile")) for line in lines)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A function with a nest, called with arrays in local and in shared memory."""
    nest = draw(loops("", 2).filter(has_inner_loop))
    sizes = draw(st.sampled_from(((40, 40), (40, 40), (13, 40), (9, 12))))
    calls = "".join(
        f"print walk({arrays},{draw(st.integers(0, 9))},{draw(st.integers(1, 3))})\n"
        for arrays in ("a,b", "a,c", "c,b", "a,b")
    )
    filled = zip("abc", (*sizes, 40), strict=True)
    fill = "".join(f"for i in range({size}):\n\t{name}[i]=i*7%11\n" for name, size in filled)
    return (
        "from array import *\ndef walk(a,b,n,w):\n\ts=0\n\tf=0.0\n"
        + "".join(f"\t{line}\n" for line in nest)
        + f"\treturn s+f\na=[0]*{sizes[0]}\nb=[0]*{sizes[1]}\nc=shared_mem_array(40)\n"
        + fill + calls + "for i in range(9): print a[i],b[i],c[i]\n"
    )


def test_cycles_of_generated_nests(tmp_path_factory: pytest.TempPathFactory) -> None:
    nests = 0

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs(), st.sampled_from((32, 64)))
    def check(text: str, word: int) -> None:
        nonlocal nests
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path_factory.mktemp("nests")
            fast, plain = both(folder, "nests", text, word, patch)
        assert fast == plain
        nests += "void nest_" in eptrans.build(folder / "nests.py", word=word).c_text

    check()
    assert nests >= EXAMPLES // 2


SHORT = """
def walk(c,n):
	s=0
	for i in range(1,n):
		j=i*2
		if c[i]==0:
			while j<n:
				c[j]=1
				j+=i
		else:
			for k in range(i,n,3):
				s+=c[k]
			for k in range(i):
				if c[k]==1: s+=k
	return s
print walk([0]*40,40)
"""


def test_outer_iterations_of_a_nest_add_no_cycles_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "short.py"
    path.write_text(SHORT, encoding="utf-8")
    program = eptrans.build(path)
    nest = program.c_text.partition("void nest_")[2].partition("\n}\n")[0]
    lines = [line.strip() for line in nest.splitlines()]
    loop = lines[next(n for n, line in enumerate(lines) if line.startswith("for ")) :]
    before_branch = loop[: next(n for n, line in enumerate(loop) if line.startswith("if "))]
    assert not any("ticks" in line for line in before_branch)
    assert "ep_trip_count" not in nest
    assert ends_of(program)[1] == ""
