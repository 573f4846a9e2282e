"""The machine code that a shared object holds, as objdump (of binutils) shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import pytest


@cache
def instructions(path: str) -> dict[str, list[str]]:
    """The instructions of each function in a shared object, as "name operands".

    Skips the test where objdump is missing.
    """
    if shutil.which("objdump") is None:
        pytest.skip("no objdump: apt install binutils")
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
