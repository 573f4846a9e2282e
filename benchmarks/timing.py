"""Measuring on a noisy machine: how long, how often, and what is made of it.

A measurement is a function from a number of repeats to seconds. It is run with enough repeats to fill
`Effort.seconds`, and the time of one repeat is the difference to a run of a single repeat, which takes
away what starting and ending cost. Rounds of what is compared alternate.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Measurement = Callable[[int], float]
"""Seconds that a number of repeats took."""

_MOST_REPEATS = 1 << 28
_BASE_ROUNDS = 3
_TRIES = 3


@dataclass(frozen=True)
class Effort:
    """How long one run should take, in seconds, and how many rounds there are."""

    seconds: float
    rounds: int


FULL = Effort(seconds=0.15, rounds=11)
QUICK = Effort(seconds=0.05, rounds=3)


@dataclass(frozen=True)
class Spread:
    """The median, the lowest and the highest of several rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def divided(self, by: float) -> Spread:
        """The same for one of `by` equal parts."""
        return Spread(self.median / by, self.low / by, self.high / by)


@dataclass(frozen=True)
class Comparison:
    """Seconds a repeat of several measurements, and the first divided by each other, round by round."""

    figures: tuple[Spread, ...]
    ratios: tuple[Spread, ...]


class Repeated:
    """A measurement with the number of repeats that fills the time of a run."""

    def __init__(self, measure: Measurement, seconds: float) -> None:
        self._measure = measure
        # Starting and ending are disturbed more than they vary: the least that was seen is what they cost.
        self._base = min(measure(1) for _ in range(_BASE_ROUNDS))
        self._repeats = _repeats_for(measure, seconds, self._base)

    def seconds_a_repeat(self) -> float:
        """Measure once: the time of one repeat, without starting and ending.

        A run that took no longer than one repeat tells nothing and is made again. Where none tells
        anything, starting and ending are left in.
        """
        total = 0.0
        for _ in range(_TRIES):
            self._base = min(self._base, self._measure(1))
            total = self._measure(self._repeats)
            if total > self._base:
                return (total - self._base) / (self._repeats - 1)
        return total / self._repeats


def _repeats_for(measure: Measurement, seconds: float, base: float) -> int:
    """The number of repeats (at least 2) that takes about `seconds` beyond what one takes."""
    repeats = 2
    while repeats < _MOST_REPEATS:
        taken = measure(repeats) - base
        if taken > seconds / 8:  # and not just because something else ran meanwhile
            taken = min(taken, measure(repeats) - base)
        if taken > seconds / 8:
            return max(2, min(1 + int((repeats - 1) * seconds / taken), _MOST_REPEATS))
        repeats *= 4
    return repeats


def measured(measure: Measurement, effort: Effort) -> Spread:
    """The seconds a repeat of one measurement."""
    return compared([Repeated(measure, effort.seconds)], effort.rounds).figures[0]


def compared(measurements: Sequence[Repeated], rounds: int) -> Comparison:
    """Several measurements in turns: first, second, third, first, second, third."""
    taken = [[each.seconds_a_repeat() for each in measurements] for _ in range(rounds)]
    return Comparison(
        tuple(Spread.of(figures) for figures in zip(*taken)),
        tuple(Spread.of([row[0] / row[place] for row in taken]) for place in range(1, len(measurements))),
    )
