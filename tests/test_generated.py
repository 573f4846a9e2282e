"""Random programs must print under `--std python3` what CPython computes, at both word sizes.

`EPTRANS_GENERATED=2000 pytest tests/test_generated.py` tries that many programs, other
ones each time; without it a few, always the same. Several programs go into one file,
since building costs more than running; what fails is reported on its own. With
`EPTRANS_SHRINK=1` it is made as small as it can be first, which takes minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.case_files import output_by_core
from support.command_server import CommandPool, Completed, Job
from support.generator import Generator
from support.reference import expected_output

BATCH = 5
ASKED = os.environ.get("EPTRANS_GENERATED")
PROGRAMS = int(ASKED or 60)
SHRINK = bool(os.environ.get("EPTRANS_SHRINK"))
WORDS = (32, 64)
NUMBERS = [st.integers(0, n) for n in range(100)]


@st.composite
def batches(draw: Callable[[st.SearchStrategy[int]], int]) -> list[str]:
    """Programs whose names do not clash."""
    def choose(n: int) -> int:
        return draw(NUMBERS[n - 1])
    return [Generator(choose, "abcdefgh"[k]).program() for k in range(BATCH)]


def title(number: int) -> str:
    return f"--- program {number}"


def expectations(programs: list[str]) -> dict[int, dict[int, str]]:
    """By word, then by the program's number; without the programs that end in an error under CPython."""
    found: dict[int, dict[int, str]] = {word: {} for word in WORDS}
    for number, program in enumerate(programs):
        try:
            texts = {word: expected_output(program, word) for word in WORDS}
        except (ArithmeticError, ValueError):
            continue
        for word in WORDS:
            found[word][number] = f"{title(number)}\n{texts[word]}"
    return found


def problem(word: int, programs: list[str], want: dict[int, str], done: Completed) -> str | None:
    """The first program whose output differs, with both outputs, or None."""
    got: dict[int, list[str]] = {}
    lines: list[str] = []
    for line in output_by_core(done.stdout).get("0", []):
        if line.startswith("--- program "):
            lines = got.setdefault(int(line.split()[-1]), [])
        lines.append(line)
    for number, text in want.items():
        if got.get(number) != [line.rstrip() for line in text.split("\n")[:-1]]:
            printed = "\n".join(got.get(number, []))
            return (f"word {word}, exit status {done.status}\n{done.stderr}\n{programs[number]}"
                    f"=== CPython prints\n{text}=== eptrans prints\n{printed}")
    return f"word {word}, exit status {done.status}\n{done.stderr}" if done.status else None


def failure(commands: CommandPool, folder: Path, programs: list[str]) -> str | None:
    """Runs the programs as one file at both word sizes; what went wrong, told by the program that did."""
    want = expectations(programs)
    source = "from math import sqrt\n" + "".join(
        f"print({title(number)!r})\n{programs[number]}" for number in want[32])
    (folder / "generated.py").write_text(source, encoding="utf-8")
    runs: dict[int, Future[Completed]] = {
        word: commands.submit(Job(("run", "generated.py", "-d", "1", "--std", "python3", "--word", str(word)),
                                  str(folder), limit=60))
        for word in WORDS}
    found = [problem(word, programs, want[word], run.result()) for word, run in runs.items()]
    if not any(found):
        return None
    single = [] if len(programs) == 1 else programs
    alone = [failure(commands, folder, [program]) for program in single]
    return next(filter(None, alone), None) or "\n".join(text for text in found if text)


def test_generated_programs_agree_with_cpython(commands: CommandPool, tmp_path: Path) -> None:
    tried = 0

    @settings(max_examples=PROGRAMS * 21 // (20 * BATCH) + 1, derandomize=not ASKED, database=None,
              deadline=None, suppress_health_check=list(HealthCheck), print_blob=False,
              phases=(Phase.generate, Phase.shrink) if SHRINK else (Phase.generate,))
    @given(batches())
    def check(programs: list[str]) -> None:
        nonlocal tried
        found = failure(commands, tmp_path, programs)
        if found:
            pytest.fail(found, pytrace=False)
        tried += len(expectations(programs)[32])

    check()
    assert tried >= PROGRAMS
    print(f"{tried} programs agree with CPython at both word sizes")


def test_the_reference_itself() -> None:
    """The yardstick has a few marks that can be checked by eye."""
    program = "print(2147483647 + 1, 0.1 + 0.2, 1 / 3, 7 // -2, True + 1, 1e10, 1e-5, [0.1])\n"
    assert expected_output(program, 32) == "-2147483648 0.3 0.33333334 -4 2 10000000000.0 1e-05 [0.1]\n"
    assert expected_output(program, 64) == (
        "2147483648 0.30000000000000004 0.3333333333333333 -4 2 10000000000.0 1e-05 [0.1]\n")
    assert expected_output("a = [1, 2]\na[0] += 2147483647\nprint(a, f'{a[0]} {0.1:.3f}')\n", 32) == (
        "[-2147483648, 2] -2147483648 0.100\n")
