"""What a benchmark is for the command: a named case in a group, and the row of a table that it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from benchmarks.servers import PeerError
from benchmarks.timing import Effort, Measurement, Repeated, Spread, compared


class Unit(Enum):
    """What the figures of a row are."""

    SECONDS = "s"
    BYTES = "B"


@dataclass(frozen=True)
class Beside:
    """What ours is shown beside: its figure, and ours divided by it, round by round.

    `bar` is the highest that the ratio may be. Where it was not measured `note` tells why.
    """

    name: str
    figure: Spread | None = None
    ratio: Spread | None = None
    bar: float | None = None
    note: str = ""

    @property
    def passes(self) -> bool | None:
        """Whether the ratio keeps its bar; None where there is no bar or no ratio."""
        return None if self.bar is None or self.ratio is None else self.ratio.median <= self.bar


@dataclass(frozen=True)
class Row:
    """One benchmark: our figure (seconds an operation, or bytes) and what it is shown beside.

    `bar` is the highest that our figure may be.
    """

    name: str
    ours: Spread | None = None
    beside: tuple[Beside, ...] = ()
    bar: float | None = None
    note: str = ""
    unit: Unit = Unit.SECONDS

    @property
    def passes(self) -> bool | None:
        """Whether our figure keeps its bar; None where there is no bar or no figure."""
        return None if self.bar is None or self.ours is None else self.ours.median <= self.bar

    @property
    def missed(self) -> list[str]:
        """The bars that are not kept, each in words."""
        own = [self.name] if self.passes is False else []
        return own + [f"{self.name} / {each.name}" for each in self.beside if each.passes is False]


@dataclass(frozen=True)
class Case:
    """Something to measure."""

    name: str
    measure: Callable[[Effort], Row]


@dataclass(frozen=True)
class Group:
    """Cases that are shown together. `mean_of` names what geometric means of the ratios are shown for.

    `mean_bar` is the highest that the first of them may be.
    """

    name: str
    title: str
    cases: tuple[Case, ...]
    mean_of: tuple[str, ...] = ()
    mean_bar: float | None = None


@dataclass(frozen=True)
class Peer:
    """Another way to do the same. `missing` tells how to get it where it is not there."""

    name: str
    measure: Measurement | None
    bar: float | None = None
    missing: str = ""


def row_beside(name: str, ours: Measurement, peers: Sequence[Peer], effort: Effort, *,
               operations: int = 1, bar: float | None = None) -> Row:
    """Our measurement and its peers in turns; a repeat of each is that many operations.

    A peer that is missing, or does not work, is told and spoils nothing else.
    """
    there: list[tuple[Peer, Repeated]] = []
    notes: dict[str, str] = {}
    for peer in peers:
        if peer.measure is None:
            notes[peer.name] = peer.missing
            continue
        try:
            there.append((peer, Repeated(peer.measure, effort.seconds)))
        except PeerError as error:
            notes[peer.name] = f"does not work: {error}"
    found = compared([Repeated(ours, effort.seconds), *(repeated for _, repeated in there)], effort.rounds)
    own, *others = (spread.divided(operations) for spread in found.figures)
    measured = {peer.name: Beside(peer.name, figure, ratio, peer.bar)
                for (peer, _), figure, ratio in zip(there, others, found.ratios)}
    return Row(name, own, tuple(measured.get(peer.name) or Beside(peer.name, note=notes[peer.name])
                                for peer in peers), bar)
