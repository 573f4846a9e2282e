"""That a blocked send, recv or sync leaves its own frame before it switches to another core.

A compiler drops a tail call without a word (an address of a local that lives too long is enough), and what
is left works as well, at nearly twice the price: so the machine code itself is looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec

import pytest

SWITCH = "eptrans_fiber_switch"
JUMPS = ("jmp", "jmpq", "b")
CALLS = ("call", "callq", "bl", "blr")
PARKING = [("offers", "send_slowly"), ("mesh", "recv"), ("collectives", "sync")]
CALLING_NOTHING = [("mesh", "send"), ("mesh", "recv")]


@cache
def instructions(path: str) -> dict[str, list[str]]:
    """The instructions of each function in a shared object, as "name operands"."""
    done = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True
    )
    functions: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if start := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
            body = functions.setdefault(start[1], [])
        elif step := re.fullmatch(r" *[0-9a-f]+:\t(.+)", line):
            body.append(step[1])
    return functions


def steps_of(module: str, entry: str) -> list[str]:
    """The instructions of a function of the runtime."""
    if shutil.which("objdump") is None:
        pytest.skip("no objdump: apt install binutils")
    found = find_spec(f"eptrans.runtime.{module}")
    assert found is not None and found.origin is not None
    functions = instructions(found.origin)
    name = next((name for name in functions if name.endswith(f"{module}_{entry}")), None)
    if name is None or SWITCH not in functions:
        pytest.skip("the runtime was built without symbols, or with ucontext's switch")
    return functions[name]


@pytest.mark.parametrize(("module", "entry"), PARKING)
def test_switch_is_the_last_act(module: str, entry: str) -> None:
    steps = steps_of(module, entry)
    switches = [step for step in steps if f"<{SWITCH}>" in step]
    assert switches, f"{entry} does not switch at all"
    assert [step for step in switches if step.split()[0] not in JUMPS] == []


@pytest.mark.parametrize(("module", "entry"), CALLING_NOTHING)
def test_most_frequent_entries_call_nothing(module: str, entry: str) -> None:
    """What they leave to others they jump to: a call would keep a frame, and registers for after it."""
    steps = steps_of(module, entry)
    assert [step for step in steps if step.split()[0] in CALLS] == []
