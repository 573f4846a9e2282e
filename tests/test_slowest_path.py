"""The slowest path: it ends whatever the waits say, and those that a run notes lie where the cores waited."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.case_files import read_cases

import eptrans
from eptrans.machine import MeshModel
from eptrans.slowest_path import WAIT, slowest_path

MESSAGES = {case.name: case for case in read_cases(Path(__file__).parent / "data" / "messages.test")}
PIECES = ["messages::values taken as n elements", "messages::n elements spanning messages"]
CORES = 3


pytestmark = pytest.mark.usefixtures("own_cache")


ONE_WAIT = st.tuples(st.integers(0, 9), st.integers(0, CORES - 1), st.integers(0, 9))


@given(st.lists(st.lists(ONE_WAIT, max_size=6), min_size=CORES, max_size=CORES))
def test_it_ends_whoever_waits_for_whom(told: list[list[tuple[int, int, int]]]) -> None:
    """Each wait is its end, the core that ended it and when, which need not make sense."""
    waits = [
        numpy.array([(0, end, 1, 0, by_core, 0, 1, 0, at) for end, by_core, at in sorted(core)], WAIT)
        for core in told
    ]
    steps, step_ends, whole = slowest_path(waits, [False] * CORES, [9] * CORES)
    assert whole
    assert len(steps) == len(step_ends) <= 1 + sum(map(len, told))


@pytest.mark.parametrize("model", MeshModel)
@pytest.mark.parametrize("name", PIECES)
def test_a_receive_of_several_messages_waits_for_each(name: str, model: MeshModel, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(MESSAGES[name].program)
    recording = eptrans.build(tmp_path / "prog.py").run(2, record=True, mesh_model=model.value).recording
    assert recording.path["start"][0] == 0
    assert recording.path["end"][-1] == recording.end
    assert (recording.path["start"] <= recording.path["end"]).all()
    waits = recording.slices[recording.slices["activity"] == eptrans.recording.Activity.WAIT_MESSAGE]
    receiving = waits[waits["core"] == 1]
    assert len(receiving) > 1
    assert (receiving["start"][1:] >= receiving["end"][:-1]).all()
    assert (receiving["end"] - receiving["start"]).sum() == recording.cores["waited_message"][1]
