"""Runs a program as it is compiled, and as it is without the fast copies of its loops."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

import eptrans
import eptrans.codegen.emit_function
import eptrans.codegen.emit_program

MERGES = """a=[3,5,9,14,1,4,11,20]
b=[0]*8
merge(a,b,0,4,8)
for k in range(8): print b[k],
print ""
merge(a,b,-4,0,4)
for k in range(8): print b[k],
print ""
c=[7]
merge(a,c,0,4,8)
print len(c),c[7]
"""
"""How programs go on that define merge(a, b, low, middle, high): two sorted runs of a become one in b."""

WRAPS = "wraps"
"""The program that counts past the word's end: with 64 bits it would take for ever to get there."""

Ends = tuple[str, str, list[float], list[float]]
"""What a program prints, what it ends with, the cycles of its cores until then, and their stacks' depth."""


FILLERS = (4096, *(1000 + n for n in range(5)), *(1 << n for n in range(11, -1, -1)))
"""Elements of lists that together leave no room in local memory, in this order."""


def with_full_memory(before: str, text: str) -> str:
    """A program whose local memory is full after its first part: what is allocated then is shared."""
    fill = "".join(f"filler{n}=[0]*{n}\n" for n in FILLERS)
    return before + fill + text + "".join(f"print filler{n}[0]\n" for n in FILLERS)


def cases(programs: Iterable[str]) -> list[tuple[str, int]]:
    """Each program, by its name, with the words that it is run with."""
    return [(name, word) for name in programs for word in (32, 64) if word == 32 or name != WRAPS]


def ends_of(program: eptrans.Program, cores: int | list[int] = 2) -> Ends:
    """How a program ends on these cores."""
    try:
        result, ends = program.run(cores=cores), ""
    except eptrans.RunError as error:
        result, ends = error.result, str(error)
    return result.output, ends, list(result.cores["cycles"]), list(result.cores["stack"])


def without_fast_copies(patch: pytest.MonkeyPatch) -> None:
    """From now on loops run as they are written, over globals where they lie."""
    patch.setattr(eptrans.codegen.emit_function, "counted_loops", lambda *_: {})
    patch.setattr(eptrans.codegen.emit_function, "loop_nests", lambda *_: {})
    patch.setattr(eptrans.codegen.emit_function, "hoisted_loops", lambda *_: {})
    patch.setattr(eptrans.codegen.emit_program, "hold_globals", lambda priced, _: priced)


def built_both_ways(
    folder: Path, name: str, text: str, word: int, patch: pytest.MonkeyPatch, std: str = "epython"
) -> tuple[eptrans.Program, eptrans.Program]:
    """A program with the fast copies of its loops, and without."""
    path = folder / f"{name.replace(' ', '_')}.py"
    path.write_text(text, encoding="utf-8")
    patch.setenv("EPTRANS_CACHE", str(folder / "fast"))
    fast = eptrans.build(path, std=std, word=word)
    assert fast.shared_object
    patch.setenv("EPTRANS_CACHE", str(folder / "plain"))
    without_fast_copies(patch)
    return fast, eptrans.build(path, std=std, word=word)


def both(folder: Path, name: str, text: str, word: int, patch: pytest.MonkeyPatch) -> tuple[Ends, Ends]:
    """How a program ends on two cores with the fast copies of its loops, and without."""
    fast, plain = built_both_ways(folder, name, text, word, patch)
    return ends_of(fast), ends_of(plain)
