"""The recorded instruction counts (baseline.json), and the judgement of new ones by them.

Counts are compared as they are where compiler, C library, kind of machine and Valgrind are those of
the baseline. Elsewhere they differ by more than a regression does: there a kernel is judged by the ratio of
its count to that of its C, which the same compiler made in the same run, and a message by its count, both
with a wide tolerance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from benchmarks.counting import C_SUFFIX, CountingError
from benchmarks.programs import HERE

FILE = HERE / "baseline.json"
SAME_TOLERANCE = 0.03
OTHER_TOLERANCE = 0.35
"""gcc 12 and clang 14 differ by up to 29 % in these ratios."""


class Verdict(Enum):
    """What became of a count."""

    SAME = "same"
    FEWER = "fewer"
    MORE = "MORE"
    NEW = "not in the baseline"
    GONE = "not counted any more"

    @property
    def fails(self) -> bool:
        """Whether the gate stays shut."""
        return self in (Verdict.MORE, Verdict.NEW, Verdict.GONE)


@dataclass(frozen=True)
class Baseline:
    """Recorded counts an operation, by name, and the environment that they were counted in."""

    environment: Mapping[str, str]
    counts: Mapping[str, float]

    @classmethod
    def read(cls, path: Path = FILE) -> Baseline:
        """Raises CountingError where there is none or it cannot be read."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls({key: str(value) for key, value in data["environment"].items()},
                       {key: float(value) for key, value in data["counts"].items()})
        except OSError as error:
            reason = error.strerror
            raise CountingError(f"{path} cannot be read ({reason}): record it with --record") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CountingError(f"{path} is not a baseline: record it again with --record") from None

    def write(self, path: Path = FILE) -> None:
        """Raises CountingError where it cannot be written."""
        rounded = {name: round(count, 2) for name, count in self.counts.items()}
        text = json.dumps({"environment": dict(self.environment), "counts": rounded}, indent=2) + "\n"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CountingError(f"{path} cannot be written ({error.strerror})") from None

    def differences(self, environment: Mapping[str, str]) -> list[str]:
        """In what an environment is another one, a line each."""
        return [f"{key} is {environment.get(key)}, the baseline's {value}"
                for key, value in self.environment.items() if environment.get(key) != value]


@dataclass(frozen=True)
class Judgement:
    """One name's recorded and new figure: instructions an operation or, where `of_c`, their ratio to C's."""

    name: str
    recorded: float | None
    now: float | None
    verdict: Verdict
    of_c: bool = False

    @property
    def change(self) -> float | None:
        """By how much it grew, as a part of what was recorded."""
        return self.now / self.recorded - 1 if self.now is not None and self.recorded else None


def judge(
    baseline: Baseline, counts: Mapping[str, float], *, exactly: bool, complete: bool
) -> list[Judgement]:
    """All new counts by the recorded ones: `exactly` where the environment is the same.

    If the counts are `complete`, what only the baseline has is missing. The counts of C are judged only
    as what others are compared with: they are the compiler's, not ours.
    """
    tolerance = SAME_TOLERANCE if exactly else OTHER_TOLERANCE
    found = []
    for name in dict.fromkeys([*counts, *baseline.counts]):
        if name.endswith(C_SUFFIX) or not (complete or name in counts):
            continue
        of_c = not exactly and name + C_SUFFIX in counts
        recorded, now = _figure(baseline.counts, name, of_c), _figure(counts, name, of_c)
        found.append(Judgement(name, recorded, now, _verdict(recorded, now, tolerance), of_c))
    return found


def _figure(counts: Mapping[str, float], name: str, of_c: bool) -> float | None:
    count = counts.get(name)
    if count is None or not of_c:
        return count
    by_c = counts.get(name + C_SUFFIX)
    return count / by_c if by_c else None


def _verdict(recorded: float | None, now: float | None, tolerance: float) -> Verdict:
    if recorded is None:
        return Verdict.NEW
    if now is None:
        return Verdict.GONE
    if now > recorded * (1 + tolerance):
        return Verdict.MORE
    return Verdict.FEWER if now < recorded * (1 - tolerance) else Verdict.SAME
