"""What the whole suite shares: a pool of warm command lines, the cases started ahead of their tests, and the
order of the tests, with those that measure time last and on their own.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.case_files import Case
from support.case_runner import CaseRunner
from support.command_server import CommandPool
from support.turns import is_worker, turn

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a script: what the tests start would not hear Ctrl-C either.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups first, since they take longest; what measures time last, by one worker."""
    for item in items:
        if item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.xdist_group("alone"))
    items.sort(key=lambda item: (item.get_closest_marker("alone") is not None,
                                 item.get_closest_marker("xdist_group") is None))


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all workers have in common."""
    own = factory.getbasetemp()
    return own.parent if is_worker() else own


@pytest.fixture(autouse=True)
def own_turn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where several workers share the tests, one that measures time waits until the others pause."""
    if not is_worker():
        yield
        return
    with turn(shared_folder(tmp_path_factory), alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that a test builds in this process go to a cache that starts empty with the session."""
    monkeypatch.setenv("EPTRANS_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def own_benchmark_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same for what the benchmarks build, which they also remember."""
    from benchmarks import programs

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPTRANS_CACHE", str(tmp_path_factory.mktemp("cache")))
        programs.built.cache_clear()
        yield
        programs.built.cache_clear()


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandPool]:
    """The command line, with a cache of its own that starts empty, checking the IR after every pass."""
    cache = shared_folder(tmp_path_factory) / "commands-cache"
    servers = 1 if is_worker() else min(os.cpu_count() or 1, 4)
    pool = CommandPool(servers, {"EPTRANS_CACHE": str(cache), "EPTRANS_VERIFY": "1"})
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def case_runner(commands: CommandPool, tmp_path_factory: pytest.TempPathFactory,
                request: pytest.FixtureRequest) -> CaseRunner:
    """Starts every case that this session has collected, in order; a worker runs only those it is given."""
    runner = CaseRunner(commands, tmp_path_factory.mktemp("cases"))
    for item in [] if is_worker() else request.session.items:
        call = getattr(item, "callspec", None)
        case = call.params.get("case") if call else None
        if isinstance(case, Case):
            runner.start(case)
    return runner
