"""What a page leaves out of a very large run so that a browser can still show it, and how it says so.

Totals and shares are computed from the whole recording; only what is drawn piece by piece is thinned: of
slices and messages the longest stay, the message matrix joins neighbouring cores to blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from eptrans.recording import TICKS_PER_CYCLE, TRAFFIC


@dataclass(frozen=True)
class Limits:
    """The most rows of each table that go into a page."""

    slices: int = 250_000
    messages: int = 100_000
    traffic: int = 200_000
    path: int = 20_000


@dataclass(frozen=True)
class Thinned:
    """The rows of a table that fit."""

    rows: NDArray[Any]
    places: NDArray[numpy.int64]
    """Where they were in the table."""
    note: str = ""
    """A sentence about what is left out; none where nothing is."""


def longest(table: NDArray[Any], durations: NDArray[Any], limit: int, what: str) -> Thinned:
    """The `limit` rows of the longest durations (ticks) in their old order; of equal ones the first."""
    if len(table) <= limit:
        return Thinned(table, numpy.arange(len(table)))
    order = numpy.argsort(-durations, kind="stable")[:limit]
    shortest = float(durations[order[-1]]) / TICKS_PER_CYCLE
    note = (
        f"{what}: the {limit:,} longest of {len(table):,} are shown; "
        f"none longer than {shortest:,.1f} cycles is left out"
    )
    places = numpy.sort(order)
    return Thinned(table[places], places, note)


def blocks(traffic: NDArray[Any], cores: int, limit: int) -> tuple[NDArray[Any], int]:
    """The message matrix with sums over square blocks of cores, and the block's side: 1 where all fits."""
    side = 1
    while len(traffic) > limit and side < cores:
        side *= 2
        traffic = _joined(traffic, cores)
        cores = -(-cores // 2)
    return traffic, side


def _joined(traffic: NDArray[Any], cores: int) -> NDArray[Any]:
    """The matrix with each two neighbouring rows and columns made one."""
    width = -(-cores // 2)
    keys = (traffic["sender"].astype(numpy.int64) // 2) * width + traffic["receiver"] // 2
    unique, places = numpy.unique(keys, return_inverse=True)
    joined = numpy.zeros(len(unique), dtype=TRAFFIC)
    joined["sender"], joined["receiver"] = unique // width, unique % width
    for column in ("messages", "bytes"):
        numpy.add.at(joined[column], places, traffic[column])
    return joined
