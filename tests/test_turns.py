"""Turns among test workers: ordinary tests run side by side, one that measures time runs alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.turns import turn

SOON = 0.2
LATE = 10


class Other:
    """Another worker, which takes a turn until it is told to end."""

    def __init__(self, folder: Path, alone: bool) -> None:
        self.entered, self.may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder, alone))
        self._thread.start()

    def _run(self, folder: Path, alone: bool) -> None:
        with turn(folder, alone):
            self.entered.set()
            self.may_end.wait(LATE)

    def end(self) -> None:
        self.may_end.set()
        self._thread.join()


def test_ordinary_tests_run_side_by_side(tmp_path: Path) -> None:
    with turn(tmp_path, alone=False):
        other = Other(tmp_path, alone=False)
        assert other.entered.wait(LATE)
        other.end()


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_one_that_is_alone_has_nobody_beside_it(first: bool, second: bool, tmp_path: Path) -> None:
    with turn(tmp_path, alone=first):
        other = Other(tmp_path, alone=second)
        assert not other.entered.wait(SOON)
    assert other.entered.wait(LATE)
    other.end()


def test_one_that_waits_to_be_alone_is_not_passed_by(tmp_path: Path) -> None:
    running = Other(tmp_path, alone=False)
    assert running.entered.wait(LATE)
    waiting = Other(tmp_path, alone=True)
    assert not waiting.entered.wait(SOON)
    late = Other(tmp_path, alone=False)
    assert not late.entered.wait(SOON)
    running.end()
    assert waiting.entered.wait(LATE)
    assert not late.entered.is_set()
    waiting.end()
    late.end()
