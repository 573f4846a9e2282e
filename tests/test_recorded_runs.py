"""What must be so of every recording, in both mesh models: cores that talk in all ways, drawn from seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from numpy.typing import NDArray

import eptrans
from eptrans.machine import MeshModel
from eptrans.recording import TICKS_PER_CYCLE, Activity, Recording

PROGRAMS = Path(__file__).parent / "data" / "recorded"
# Where something has once been wrong: waits for links of remote reads, and of workers for tasks.
SEEDS = (*range(40), 123, 163, 485, 670, 800, 940)


@pytest.fixture(scope="module", params=["talks", "farm"])
def program(request: pytest.FixtureRequest,
            tmp_path_factory: pytest.TempPathFactory) -> Iterator[eptrans.Program]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EPTRANS_CACHE", str(tmp_path_factory.mktemp("recorded-cache")))
        yield eptrans.build(PROGRAMS / f"{request.param}.py")


def check_waits(recording: Recording, activity: Activity, expected: NDArray[Any]) -> None:
    """A core's waits add up to what it waited, and no two of them overlap."""
    waits = recording.slices[recording.slices["activity"] == activity]
    assert (numpy.bincount(waits["core"], waits["end"] - waits["start"], len(expected)) == expected).all()
    waits = waits[numpy.lexsort((waits["start"], waits["core"]))]
    same_core = waits["core"][1:] == waits["core"][:-1]
    assert (waits["start"][1:] >= waits["end"][:-1])[same_core].all()


def check_path(recording: Recording) -> None:
    """The slowest path goes from the beginning to the end and never back in time."""
    path = recording.path
    assert path["start"][0] == 0
    assert path["end"][-1] == recording.end
    assert (path["start"] <= path["end"]).all()
    assert (path["end"][:-1] <= path["start"][1:]).all()


@pytest.mark.parametrize("model", MeshModel)
def test_recordings_hold_together(program: eptrans.Program, model: MeshModel) -> None:
    for seed in SEEDS:
        cores = 2 + seed % 15
        plain = program.run(cores, seed=seed, mesh_model=model, jobs=1)
        result = program.run(cores, seed=seed, mesh_model=model, record=True)
        assert result.output == plain.output
        assert result.cores["cycles"].tolist() == plain.cores["cycles"].tolist()
        recording = result.recording
        waited = numpy.array(result.outcome.waited) * TICKS_PER_CYCLE
        check_waits(recording, Activity.WAIT_MESSAGE, waited)
        check_waits(recording, Activity.WAIT_LINK, recording.cores["waited_link"])
        check_path(recording)
        messages = recording.messages
        assert (messages["posted"] <= messages["arrived"]).all()
        assert (messages["arrived"] <= messages["taken"]).all()
