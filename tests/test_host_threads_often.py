"""Races between host threads: the language's own cases, each run many times by threads that always share.

A run takes less than a millisecond here, so that even a rare order of events comes up: a window of a few
instructions in which a core was in nobody's list once showed in 8 runs of 100, and in one of many test runs.
`EPTRANS_RACES=5` gives every case so many seconds.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.case_files import Case, read_cases
from support.case_runner import PROGRAM

import eptrans
from eptrans.core_spec import machine_options
from eptrans.machine import MachineOptions, MeshModel, Outcome

DATA = Path(__file__).parent / "data"
SECONDS = float(os.environ.get("EPTRANS_RACES", "0.03"))
SEVERAL = [case for path in sorted(DATA.glob("*.test")) for case in read_cases(path)
           if "cores" in case.options and case.sections.keys() - {"ir", "c", "input", "types"}]


def told(outcome: Outcome) -> str:
    """All that must be the same in every run; after a fault, what that was and what was printed."""
    if outcome.fault is not None:
        return repr((outcome.fault, outcome.output))
    return repr(sorted((name, value) for name, value in vars(outcome).items() if name != "samples"))


def built(case: Case, folder: Path) -> eptrans.Program:
    for name, text in {**case.files, PROGRAM: case.program}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return eptrans.build(folder / PROGRAM, std=case.options.get("std", "epython"),
                         word=int(case.options["word"]) if "word" in case.options else None)


def machine_of(case: Case) -> MachineOptions:
    options: dict[str, Any] = {key: case.options[key] for key in ("mesh", "local_memory", "shared_memory")
                               if key in case.options}
    for key in ("host", "seed"):
        if key in case.options:
            options[key] = int(case.options[key])
    cores = case.options["cores"]
    return machine_options(int(cores) if cores.isdigit() else cores, **options)


@pytest.mark.parametrize("case", SEVERAL, ids=[case.name for case in SEVERAL])
def test_no_run_differs(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "path" in case.options:
        monkeypatch.setenv("EPYTHONPATH", str(tmp_path / case.options["path"]))
    try:
        program = built(case, tmp_path)
    except eptrans.CompileError:
        return  # a case of the compiler's, which never runs
    machine = machine_of(case)
    given = "".join(line + "\n" for line in case.sections.get("input", [])).encode()
    with tempfile.TemporaryFile() as file:
        file.write(given)

        def run(**changes: Any) -> str:
            file.seek(0)
            return told(program.run_machine(machine, capture=True, input_fd=file.fileno(), **changes))

        for model in MeshModel:
            wanted = run(jobs=1, always_share=False, mesh_model=model)
            seen: Counter[str] = Counter()
            end = time.monotonic() + SECONDS / len(MeshModel)
            while time.monotonic() < end:
                for threads in (2, 4):
                    seen[run(jobs=threads, always_share=True, mesh_model=model)] += 1
            assert seen.keys() == {wanted}, (model, seen)


def test_a_core_that_goes_from_its_own_lock_to_the_machine_is_never_lost(tmp_path: Path) -> None:
    """It finds in a message what only a fault can answer, while another thread looks for a core to run."""
    path = tmp_path / PROGRAM
    path.write_text("from parallel import *\nfrom concurrency import *\n"
                    "if coreid()==0:\n\texpose([1,2], 1)\nelse:\n\tprint recv(0)\n")
    program = eptrans.build(path)
    for _ in range(300):
        outcome = program.run_machine(replace(machine_options(2), jobs=2, always_share=True), capture=True)
        assert outcome.fault is not None
        assert outcome.fault.message.startswith("core 0 exposes an array")


def assert_never_differs(text: str, folder: Path, runs: int = 200) -> None:
    """Two cores, on threads that always share, against one thread."""
    path = folder / PROGRAM
    path.write_text(text)
    program = eptrans.build(path)
    machine = machine_options(2)
    for model in MeshModel:
        wanted = told(program.run_machine(machine, capture=True, jobs=1, mesh_model=model))
        shared = replace(machine, jobs=2, always_share=True, mesh_model=model)
        seen = Counter(told(program.run_machine(shared, capture=True)) for _ in range(runs))
        assert seen.keys() == {wanted}, (model, seen)


def test_a_core_reads_what_was_there_when_it_looked(tmp_path: Path) -> None:
    """It goes on later, and reads when it holds nothing any more: nobody may write before it has."""
    assert_never_differs("""\
from parallel import *
from concurrency import *
if coreid()==0:
	a=[0]*6000
	expose(a, 1)
	for i in range(2000): a[5999-i%50]=i
	recv(1)
else:
	a=access(0)
	for i in range(5): print sum(a)
	send(0, 0)
""", tmp_path)


def test_a_core_pays_for_as_much_as_there_was_when_it_looked(tmp_path: Path) -> None:
    """The owner makes the list longer all the time."""
    assert_never_differs("""\
from parallel import *
from concurrency import *
if coreid()==0:
	a=[0]
	expose(a, 1)
	for i in range(300): a[len(a)]=i
	recv(1)
else:
	a=access(0)
	for i in range(20): print sum(a)
	send(0, 0)
""", tmp_path)
