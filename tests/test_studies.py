"""The studies of benchmarks/ whose results docs/model.md shows."""

from __future__ import annotations

import pytest

import eptrans
from benchmarks import scaling, traffic


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("uniform random", 0.25, 0.4),
        ("transpose", 0.11, 0.15),
        ("neighbour", 0.9, 1.0),
        ("all to one", 0.01, 0.018),
    ],
)
def test_waiting_sets_in_below_what_the_busiest_link_can_carry(name: str, least: float, most: float) -> None:
    pattern, _ = traffic.PATTERNS[name]
    assert least <= traffic.load_where_waiting_sets_in(pattern, 1.0, 400, 1) <= most


@pytest.mark.parametrize("name", traffic.PATTERNS)
def test_waiting_grows_with_the_load_and_is_the_same_every_time(name: str) -> None:
    pattern, loads = traffic.PATTERNS[name]
    light, heavy = (traffic.measure(pattern, load, 400, 1) for load in (loads[0], loads[-1]))
    assert light.waiting <= heavy.waiting
    assert heavy == traffic.measure(pattern, loads[-1], 400, 1)


def test_jacobi_has_a_best_number_of_cores() -> None:
    program = eptrans.build(scaling.PROGRAM)
    runs = scaling.strong(program, "epiphany4", "contention")
    best = scaling.best(runs)
    assert 4 <= best.cores <= 32
    assert runs[0].cycles > best.cycles < runs[-1].cycles
    assert "| 64 | 1 |" in scaling.table(runs, False)


def test_weak_scaling_gets_dearer_a_step() -> None:
    program = eptrans.build(scaling.PROGRAM)
    cycles = [one.cycles for one in scaling.weak(program, "epiphany4", "ideal")]
    assert cycles == sorted(cycles)
