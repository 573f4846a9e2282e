"""Nests of loops that the scheduler interrupts: when that happens is chance, what is computed is not.

Every ten milliseconds of the host's time a tick raises the attention word, at which the nest that runs
hands over to another core. Cycles, output and what a probe finds must not tell when that was.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import eptrans
import eptrans.codegen.emit_function

TICK = 0.01  # seconds
RUNS = 8

PROGRAM = """
import parallel
from array import *
me=coreid()
other=1-me
m=array(40,40)
for i in range(40):
	for j in range(40):
		m[i][j]=(i*j+me)%7
shared=shared_mem_array(40)
s=me
found=0
for turn in range(40):
	for r in range(80+40*me):
		for i in range(40):
			for j in range(40):
				s=(s*31+m[i][j]+r)%10007
			if s%2==0:
				m[r%40][i]=s%7
			shared[i]=s
	if me==0:
		send(s, 1)
	else:
		while not probe(0):
			found+=1
		s=(s+recv(0))%10007
	s=(s+sendrecv(shared[turn], other))%10007
print s+" "+found
"""


def run(path: Path, jobs: int) -> tuple[str, list[float]]:
    """What the program prints, and its cores' cycles; long enough for several ticks."""
    program = eptrans.build(str(path))
    start = time.monotonic()
    result = program.run(cores=2, jobs=jobs)
    assert time.monotonic() - start > 2 * TICK, "too short for ticks to come"
    return result.output, list(result.cores["cycles"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_when_ticks_come_shows_nowhere(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "talking_nests.py"
    path.write_text(PROGRAM, encoding="utf-8")
    monkeypatch.setenv("EPTRANS_CACHE", str(tmp_path / "fast"))
    nests = [run(path, jobs) for _ in range(RUNS)]
    monkeypatch.setenv("EPTRANS_CACHE", str(tmp_path / "plain"))
    monkeypatch.setattr(eptrans.codegen.emit_function, "counted_loops", lambda *_: {})
    monkeypatch.setattr(eptrans.codegen.emit_function, "loop_nests", lambda *_: {})
    plain = run(path, jobs)
    assert plain[1][0] > 0
    assert nests == [plain] * RUNS
