"""The device module `parallel` for CPython: a machine of one core, so that kernels run unchanged."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def coreid() -> int:
    return 0


def numcores() -> int:
    return 1


def ishost() -> bool:
    return False


def isdevice() -> bool:
    return True


def sync() -> None:
    """Nobody to wait for."""


def bcast(value: Value, root: int) -> Value:
    if root != 0:
        raise ValueError(f"core {root} does not exist")
    return value


def reduce(value: Value, operation: str) -> Value:
    if operation not in ("sum", "prod", "min", "max"):
        raise ValueError(f"no reduction is called {operation!r}")
    return value
