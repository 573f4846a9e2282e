"""Fixtures of the whole suite: a pool of warm command lines, and the cases started ahead of their tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.case_files import Case
from support.case_runner import CaseRunner
from support.command_server import CommandPool


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandPool]:
    """The command line, with a cache of its own that starts empty, checking the IR after every pass."""
    cache = tmp_path_factory.mktemp("cache")
    pool = CommandPool(min(os.cpu_count() or 1, 4), {"EPTRANS_CACHE": str(cache), "EPTRANS_VERIFY": "1"})
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def case_runner(commands: CommandPool, tmp_path_factory: pytest.TempPathFactory,
                request: pytest.FixtureRequest) -> CaseRunner:
    """Starts every case that this session has collected, in order."""
    runner = CaseRunner(commands, tmp_path_factory.mktemp("cases"))
    for item in request.session.items:
        call = getattr(item, "callspec", None)
        case = call.params.get("case") if call else None
        if isinstance(case, Case):
            runner.start(case)
    return runner
