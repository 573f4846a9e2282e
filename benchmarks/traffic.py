"""Where waiting sets in: synthetic traffic on a mesh of 8x8, with the mesh model `contention`.

    python -m benchmarks.traffic [--cycles N] [--seed N]

Every core posts a message of 8 bytes in each cycle with a certain probability, the load; all that is measured
is the mesh's (`eptrans.runtime.network.Network`), no core waits for an answer. A table for each pattern of
traffic tells how long messages wait for links in the mean, and the load at which that reaches 2 cycles.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eptrans.core_spec import machine_options

SIDE = 8
SETS_IN = 2.0  # cycles of waiting in the mean

Place = tuple[int, int]
Pattern = Callable[[Place, random.Random], Place]


def uniform(place: Place, chance: random.Random) -> Place:
    """To any core, this one included."""
    return chance.randrange(SIDE), chance.randrange(SIDE)


def transpose(place: Place, chance: random.Random) -> Place:
    """From row r, column c to row c, column r."""
    return place[1], place[0]


def neighbour(place: Place, chance: random.Random) -> Place:
    """To the next core in the row and the column, from the last to the first."""
    return (place[0] + 1) % SIDE, (place[1] + 1) % SIDE


def all_to_one(place: Place, chance: random.Random) -> Place:
    """To core 0."""
    return 0, 0


PATTERNS: dict[str, tuple[Pattern, tuple[float, ...]]] = {
    "uniform random": (uniform, (0.02, 0.1, 0.2, 0.3, 0.4, 0.45)),
    "transpose": (transpose, (0.02, 0.05, 0.1, 0.12, 0.13, 0.14)),
    "neighbour": (neighbour, (0.02, 0.1, 0.2, 0.3, 0.4, 0.5)),
    "all to one": (all_to_one, (0.002, 0.005, 0.01, 0.014, 0.016, 0.017)),
}
"""Each pattern, and the loads that its table shows."""


@dataclass(frozen=True)
class Measured:
    """What messages took, in cycles."""

    latency: float
    waiting: float


def measure(pattern: Pattern, load: float, cycles: int, seed: int) -> Measured:
    """The means over all messages that 64 cores post in so many cycles."""
    from eptrans.runtime.network import Network

    mesh: Any = Network(machine_options(mesh=(SIDE, SIDE), mesh_model="contention"))
    chance = random.Random(f"{seed} {load}")
    latency = waiting = 0.0
    count = 0
    for cycle in range(cycles):
        for core in range(SIDE * SIDE):
            if chance.random() < load:
                start = divmod(core, SIDE)
                end = pattern(start, chance)
                took = mesh.send(cycle, start, end) - cycle
                latency += took
                waiting += took - mesh.latency(start, end)
                count += 1
    return Measured(latency / max(1, count), waiting / max(1, count))


def load_where_waiting_sets_in(pattern: Pattern, most: float, cycles: int, seed: int) -> float:
    """The load at which messages wait `SETS_IN` cycles in the mean, to about a hundredth of itself."""
    low, high = 0.0, most
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        if measure(pattern, middle, cycles, seed).waiting < SETS_IN:
            low = middle
        else:
            high = middle
    return high


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Synthetic traffic on an 8x8 mesh.")
    parser.add_argument("--cycles", type=int, default=2000, help="for which messages are posted (2000)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(machine_options(mesh=(SIDE, SIDE), mesh_model="contention").description)
    for name, (pattern, loads) in PATTERNS.items():
        found = load_where_waiting_sets_in(pattern, 1.0, arguments.cycles, arguments.seed)
        print(f"\n{name}: messages wait {SETS_IN:g} cycles at {found:.3f} messages a core and cycle")
        print("load   latency  waiting (cycles)")
        for load in loads:
            mean = measure(pattern, load, arguments.cycles, arguments.seed)
            print(f"{load:<5g}  {mean.latency:7.1f}  {mean.waiting:7.1f}")


if __name__ == "__main__":
    main()
