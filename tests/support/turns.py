"""Turns among the workers of pytest-xdist: most tests run side by side, those that measure time alone.

Each test holds a lock on a file that all workers share, the ones marked `alone` for themselves. A second
lock is held while waiting for the first, so that a test that wants to be alone is not passed by for ever.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_worker() -> bool:
    """Whether this process is one of several that share the tests."""
    return "PYTEST_XDIST_WORKER" in os.environ


@contextmanager
def turn(folder: Path, alone: bool) -> Iterator[None]:
    """Runs the block beside the other workers' tests, or without them; `folder` is common to all workers."""
    with open(folder / "waiting.lock", "w") as waiting, open(folder / "running.lock", "w") as running:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(waiting, fcntl.LOCK_UN)
        yield
