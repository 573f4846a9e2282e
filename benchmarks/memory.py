"""Memory of the host for each emulated core, and where it goes.

A program whose cores all wait is looked at from outside, in /proc: what is resident then beyond the same
program on one core, divided by the cores that there are more. The stacks are told from the rest by their
mapping, the only anonymous one that is not reserved and kept from huge pages. Linux only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import eptrans
from benchmarks.cases import Beside, Case, Group, Row, Unit
from benchmarks.programs import HERE
from benchmarks.timing import Effort, Spread

CORES = (16, 256, 1024, 4096)
_ROUNDS = 5

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)$")
_STACK_FLAGS = {"nr", "nh"}


@dataclass(frozen=True)
class Resident:
    """Resident bytes of a process that no file has: stacks of cores, all else, and page tables."""

    stacks: int
    rest: int
    page_tables: int

    @property
    def total(self) -> int:
        return self.stacks + self.rest + self.page_tables


PARTS: dict[str, Callable[[Resident], int]] = {
    "stacks": lambda each: each.stacks,
    "records, heap, queues": lambda each: each.rest,
    "page tables": lambda each: each.page_tables,
}


def resident(process: int) -> Resident:
    """What a process has in memory now."""
    stacks = rest = here = 0
    anonymous = False
    for line in Path(f"/proc/{process}/smaps").read_text(encoding="utf-8").splitlines():
        mapping = _MAPPING.match(line)
        key, _, value = line.partition(":")
        if mapping is not None:
            anonymous = mapping[1] == ""
        elif key == "Anonymous":
            here = int(value.split()[0]) * 1024
        elif key == "VmFlags":
            if anonymous and set(value.split()) >= _STACK_FLAGS:
                stacks += here
            else:
                rest += here
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    tables = re.search(r"^VmPTE:\s+(\d+) kB", status, re.MULTILINE)
    return Resident(stacks, rest, int(tables[1]) * 1024 if tables else 0)


def waiting(package: str, cores: int) -> Resident:
    """The memory of the waiting program on that many cores; `package` is its file. Raises RuntimeError."""
    command = [sys.executable, "-m", "eptrans", "run", package, "-d", str(cores)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdin is not None and process.stdout is not None
        # The prompt is written when all cores wait: input comes in the order of the clocks.
        prompt = process.stdout.read(len("[device 0] waiting"))
        found = resident(process.pid) if prompt.endswith("waiting") else None
        process.stdin.write("1\n")
        process.stdin.close()
        process.stdout.read()
    if found is None or process.returncode != 0:
        raise RuntimeError(f"the waiting program on {cores} cores printed {prompt!r}")
    return found


def _measure(cores: int, _effort: Effort) -> Row:
    name = f"memory a core, {cores:,} cores"
    if not Path("/proc/self/smaps").exists():
        return Row(name, unit=Unit.BYTES, note="not measured: this system has no /proc/PID/smaps")
    with tempfile.TemporaryDirectory() as folder:
        package = str(Path(folder, "waiting.epx"))
        eptrans.build(HERE / "programs" / "waiting.py", output=package)
        one = [waiting(package, 1) for _ in range(_ROUNDS)]
        many = [waiting(package, cores) for _ in range(_ROUNDS)]
    parts = tuple(Beside(part, _a_core(one, many, of, cores)) for part, of in PARTS.items())
    return Row(name, _a_core(one, many, lambda each: each.total, cores), parts, unit=Unit.BYTES)


def _a_core(one: list[Resident], many: list[Resident], of: Callable[[Resident], int], cores: int) -> Spread:
    """The growth from one core to many, for each core that there are more."""
    return Spread.of([(of(after) - of(before)) / (cores - 1) for before, after in zip(one, many)])


GROUP = Group(
    "memory",
    "Memory of the host, resident",
    tuple(Case(f"memory a core, {cores:,} cores", partial(_measure, cores)) for cores in CORES),
)
