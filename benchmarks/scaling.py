"""How Jacobi's method scales from 1 to 64 cores of the emulated device, in device time.

    python -m benchmarks.scaling [--chip CHIP] [--mesh-model MODEL]

Strong scaling: one plate, cut into ever thinner strips. Weak scaling: as many rows for each core. Which
core count is best is the one with the fewest cycles a step.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import eptrans
from eptrans.core_spec import machine_options

PROGRAM = Path(__file__).parent / "programs" / "jacobi_strips.py"
CORES = (1, 2, 4, 8, 16, 32, 64)
COLUMNS = 20
ROWS = 64  # of the plate in strong scaling
ROWS_A_CORE = 8  # in weak scaling
STEPS = 20


@dataclass(frozen=True)
class Run:
    """One run; cycles are device time for a step."""

    cores: int
    rows: int
    cycles: float
    waiting: float
    """Part of all cores' time that they waited, from 0 to 1."""


def run(program: eptrans.Program, cores: int, rows: int, chip: str, model: str) -> Run:
    """Steps on strips of so many rows, without what comes before the first."""

    def cycles(steps: int) -> tuple[float, float]:
        text = f"{rows}\n{COLUMNS}\n{steps}\n"
        result = program.run(cores, chip=chip, mesh_model=model, input=text)
        return result.cycles, float(result.wait.sum())

    few, many = cycles(STEPS), cycles(2 * STEPS)
    time = (many[0] - few[0]) / STEPS
    return Run(cores, rows, time, (many[1] - few[1]) / STEPS / (time * cores))


def strong(program: eptrans.Program, chip: str, model: str) -> list[Run]:
    """One plate of 64 rows."""
    return [run(program, cores, ROWS // cores, chip, model) for cores in CORES]


def weak(program: eptrans.Program, chip: str, model: str) -> list[Run]:
    """8 rows a core."""
    return [run(program, cores, ROWS_A_CORE, chip, model) for cores in CORES]


def best(runs: list[Run]) -> Run:
    """The fewest cycles a step; of equal ones the fewest cores."""
    return min(runs, key=lambda one: (one.cycles, one.cores))


def table(runs: list[Run], grows: bool) -> str:
    """Markdown; `grows`: the plate grows with the cores (weak scaling)."""
    first = runs[0].cycles
    lines = ["| cores | rows a core | cycles a step | speed-up | efficiency | waiting |"]
    lines += ["| ---: | ---: | ---: | ---: | ---: | ---: |"]
    for one in runs:
        speed_up = first / one.cycles * (one.cores if grows else 1)
        share = 100 * speed_up / one.cores
        lines.append(
            f"| {one.cores} | {one.rows} | {one.cycles:,.0f} | {speed_up:.2f} | {share:.0f} % "
            f"| {100 * one.waiting:.0f} % |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Jacobi on 1 to 64 cores.")
    parser.add_argument("--chip", default="epiphany4")
    parser.add_argument("--mesh-model", default="contention")
    arguments = parser.parse_args()
    options = machine_options(chip=arguments.chip, mesh_model=arguments.mesh_model)
    program = eptrans.build(PROGRAM)
    print(f"{options.description}; {COLUMNS} columns\n")
    runs = strong(program, arguments.chip, arguments.mesh_model)
    print(f"Strong scaling, {ROWS} rows; the best is {best(runs).cores} cores\n\n{table(runs, False)}\n")
    runs = weak(program, arguments.chip, arguments.mesh_model)
    print(f"Weak scaling, {ROWS_A_CORE} rows a core\n\n{table(runs, True)}")


if __name__ == "__main__":
    main()
