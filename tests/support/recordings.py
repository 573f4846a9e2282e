"""Recordings of runs that never were, for the tests of what is drawn from recordings.

Each follows a pattern of real programs: Jacobi's halo swaps with a reduction, a task farm, and any
number of slices on any number of cores. Every table agrees with the others: times of cores add up
to the end of the run, messages are those that the waits wait for, links carry the messages' bytes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache

import numpy

from eptrans.recording import (
    CORE,
    LINE,
    LINK,
    MESSAGE,
    SLICE,
    STEP,
    STEP_END,
    TRAFFIC,
    Activity,
    Direction,
    Recording,
    Site,
)

JACOBI_SOURCE = """# Jacobi on strips of a plate
from parallel import *
from math import sqrt

def swap_row(grid, source, halo, p):
\trow=array(COLUMNS+2)
\ttheirs=sendrecv(row, p, COLUMNS+2)
\tfor j in range(COLUMNS+2):
\t\tgrid[halo][j]=theirs[j]

def relax(t, next):
\tsquares=0.0
\tfor i in range(1, ROWS+1):
\t\tfor j in range(1, COLUMNS+1):
\t\t\tnext[i][j]=0.25*(t[i-1][j]+t[i+1][j]+t[i][j-1]+t[i][j+1])
\t\t\tsquares+=(next[i][j]-t[i][j])^2
\treturn squares

while change>LIMIT and steps<MOST:
\tif me>0: swap_row(t, 1, 0, me-1)
\tif me<n-1: swap_row(t, ROWS, ROWS+1, me+1)
\tchange=sqrt(reduce(relax(t, next), "sum"))
\tsteps+=1
"""

FARM_SOURCE = """import taskfarm

initTaskFarm(0)
if coreid()==0:
\twhile done<TASKS:
\t\tfor p in range(1, numcores()-1):
\t\t\tif busy[p] and testFunctionFinish(p):
\t\t\t\ttotal+=waitFunctionFinish(p)
\t\t\tif !busy[p] and given<TASKS:
\t\t\t\texecFunction(p, throw, DARTS)
\tshutdownTaskFarm()
else:
\tworker()

def throw(darts):
\tfor d in range(1, darts):
\t\tif x*x+y*y<1.0: hits+=1
\treturn 4.0*hits/darts
"""

HOP_TICKS = 3
START_TICKS = 20


def square(cores: int) -> tuple[int, int]:
    """Rows and columns of the smallest square mesh."""
    side = int(numpy.ceil(numpy.sqrt(cores)))
    return side, side


@dataclass
class Builder:
    """Gathers events core by core and derives the tables that follow from them."""

    count: int
    rows: int
    columns: int
    mesh_model: str = "ideal"
    clocks: list[int] = field(default_factory=list)
    slices: list[tuple[int, ...]] = field(default_factory=list)
    messages: list[tuple[int, ...]] = field(default_factory=list)
    path: list[tuple[int, ...]] = field(default_factory=list)
    path_ends: list[tuple[int, ...]] = field(default_factory=list)
    lines: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def __post_init__(self) -> None:
        self.clocks = [0] * self.count

    def slice(self, core: int, kind: Activity, start: int, end: int, name: int, site: int,
              peer: int = -1, peer_site: int = 0) -> None:  # fmt: skip
        if end > start:
            self.slices.append((core, int(kind), start, end, name, site, peer, peer_site))

    def compute(self, core: int, ticks: int, line: int, executions: int = 1) -> None:
        self.clocks[core] += ticks
        self.lines[line][0] += ticks // 2
        self.lines[line][1] += executions

    def hops(self, sender: int, receiver: int) -> int:
        a, b = divmod(sender, self.columns), divmod(receiver, self.columns)
        return abs(a[0] - b[0]) + abs(a[1] - b[1])

    def message(self, sender: int, receiver: int, size: int, site: int, receive_site: int, name: int) -> None:
        """Sent at the sender's clock; the receiver waits for it from its own."""
        posted = self.clocks[sender]
        arrived = posted + START_TICKS + HOP_TICKS * self.hops(sender, receiver) + size // 4
        taken = max(arrived, self.clocks[receiver])
        self.messages.append((sender, receiver, posted, arrived, taken, size, site, receive_site))
        began = self.clocks[receiver]
        self.slice(receiver, Activity.WAIT_MESSAGE, began, arrived, name, receive_site, sender, site)
        self.clocks[receiver] = taken

    def step(self, core: int, start: int, name: int, site: int, wait_name: int, wait_site: int) -> None:
        """A step of the slowest path, up to the core's clock."""
        self.path.append((core, start, self.clocks[core], site))
        self.path_ends.append((name, wait_name, wait_site))

    def links(self) -> numpy.ndarray:
        loads: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for sender, receiver, _, _, _, size, *_ in self.messages:
            row, column = divmod(sender, self.columns)
            to_row, to_column = divmod(receiver, self.columns)
            while (row, column) != (to_row, to_column):
                if column != to_column:
                    direction, step = (Direction.EAST, 1) if to_column > column else (Direction.WEST, -1)
                    key, column = (row, column, int(direction)), column + step
                else:
                    direction, step = (Direction.SOUTH, 1) if to_row > row else (Direction.NORTH, -1)
                    key, row = (row, column, int(direction)), row + step
                load = loads[key]
                load[0] += 1
                load[1] += size
                load[2] += 2 * -(-size // 8)
                load[3] += 2 * (load[0] % 3) if self.mesh_model == "contention" else 0
        return numpy.array([(*key, *load) for key, load in sorted(loads.items())], dtype=LINK)

    def traffic(self) -> numpy.ndarray:
        pairs: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for sender, receiver, _, _, _, size, *_ in self.messages:
            pairs[sender, receiver][0] += 1
            pairs[sender, receiver][1] += size
        return numpy.array([(*pair, *sums) for pair, sums in sorted(pairs.items())], dtype=TRAFFIC)

    def recording(self, *, file: str, source: str, names: tuple[str, ...], sites: tuple[Site, ...],
                  local_memory: int = 32768) -> Recording:  # fmt: skip
        end = max(self.clocks)
        slices = numpy.array(self.slices, dtype=SLICE)
        slices = slices[numpy.lexsort((-slices["end"], slices["start"], slices["core"]))]
        cores = numpy.zeros(self.count, dtype=CORE)
        random = numpy.random.default_rng(1)
        cores["number"] = numpy.arange(self.count)
        cores["row"], cores["column"] = numpy.divmod(numpy.arange(self.count), self.columns)
        for kind, column in ((Activity.WAIT_MESSAGE, "waited_message"), (Activity.WAIT_LINK, "waited_link")):
            chosen = slices[slices["activity"] == kind]
            numpy.add.at(cores[column], chosen["core"], chosen["end"] - chosen["start"])
        cores["idle"] = end - numpy.array(self.clocks)
        cores["busy"] = end - cores["idle"] - cores["waited_message"] - cores["waited_link"]
        cores["code"], cores["data"] = 5120, 96
        cores["stack"] = random.integers(200, 900, self.count)
        cores["peak"] = random.integers(local_memory // 8, local_memory // 2, self.count)
        cores["local_memory"] = local_memory
        lines = [(0, line, *counts) for line, counts in sorted(self.lines.items())]
        return Recording(
            chip="epiphany3" if self.count <= 16 else "epiphany5", mesh_model=self.mesh_model,
            rows=self.rows, columns=self.columns, chip_rows=self.rows, chip_columns=self.columns,
            clock_hz=600e6, end=end, cores=cores, slices=slices,
            messages=numpy.array(self.messages, dtype=MESSAGE), traffic=self.traffic(), links=self.links(),
            lines=numpy.array(lines, dtype=LINE), path=numpy.array(self.path, dtype=STEP),
            path_ends=numpy.array(self.path_ends, dtype=STEP_END),
            names=names, sites=sites, files=(file,), sources=(source,),
        )  # fmt: skip


def jacobi(cores: int = 16, steps: int = 20, mesh_model: str = "contention", file: str = "jacobi.py",
           source: str = JACOBI_SOURCE) -> Recording:  # fmt: skip
    """Halo swaps along a chain of cores, relaxation, then a reduction on core 0; core 5 is slow."""
    rows, columns = square(cores)
    builder = Builder(cores, rows, columns, mesh_model)
    random = numpy.random.default_rng(2)
    names = ("main", "swap_row", "relax", "sendrecv", "reduce")
    sites = (Site(0, 0, 0, ""), Site(0, 19, 1, "main"), Site(0, 7, 9, "swap_row"), Site(0, 22, 14, "main"),
             Site(0, 15, 4, "relax"))  # fmt: skip
    for _ in range(steps):
        _halo_swaps(builder, random)
        starts = list(builder.clocks)
        for core in range(cores):
            extra = 1200 if core == 5 % cores else 0
            builder.compute(core, 2 * int(random.integers(900, 1100)) + extra, 15, 24)
            builder.compute(core, 2 * int(random.integers(300, 360)), 16, 24)
            builder.slice(core, Activity.FUNCTION, starts[core], builder.clocks[core], 2, 4)
        last = int(numpy.argmax(builder.clocks))
        builder.step(last, starts[last], 4, 3, 4, 3)
        _reduction(builder)
    for core in range(cores):
        builder.slice(core, Activity.FUNCTION, 0, builder.clocks[core], 0, 1)
    return builder.recording(file=file, source=source, names=names, sites=sites)


def _halo_swaps(builder: Builder, random: numpy.random.Generator) -> None:
    for offset in (0, 1):
        for core in range(offset, builder.count - 1, 2):
            starts = builder.clocks[core], builder.clocks[core + 1]
            for member in (core, core + 1):
                builder.compute(member, 2 * int(random.integers(40, 80)), 9, 14)
            clock = builder.clocks[core]
            builder.message(core, core + 1, 56, 2, 2, 3)
            after = builder.clocks[core + 1]
            builder.clocks[core + 1] = clock + 2
            builder.message(core + 1, core, 56, 2, 2, 3)
            builder.clocks[core + 1] = after
            for member, start in zip((core, core + 1), starts, strict=True):
                builder.slice(member, Activity.FUNCTION, start, builder.clocks[member], 1, 2)


def _reduction(builder: Builder) -> None:
    start = builder.clocks[0]
    for core in range(1, builder.count):
        builder.message(core, 0, 4, 3, 3, 4)
        if builder.mesh_model == "contention" and core % 5 == 0:
            builder.slice(0, Activity.WAIT_LINK, builder.clocks[0], builder.clocks[0] + 30, 4, 3)
            builder.clocks[0] += 30
    builder.step(0, start, 4, 3, 3, 2)
    for core in range(1, builder.count):
        builder.message(0, core, 4, 3, 3, 4)


def farm(workers: int = 15, tasks: int = 60, mesh_model: str = "ideal") -> Recording:
    """Core 0 hands out tasks of different lengths; some workers end up with more."""
    cores = workers + 1
    rows, columns = square(cores)
    builder = Builder(cores, rows, columns, mesh_model)
    random = numpy.random.default_rng(3)
    names = ("main", "throw", "execFunction", "waitFunctionFinish", "worker")
    sites = (Site(0, 0, 0, ""), Site(0, 10, 5, "main"), Site(0, 8, 5, "main"), Site(0, 13, 2, "main"),
             Site(0, 16, 2, "throw"))  # fmt: skip
    for task in range(tasks):
        if task == 1:
            builder.step(0, 0, 2, 1, 4, 3)
        worker = 1 + task % workers if task < workers else 1 + int(numpy.argmin(builder.clocks[1:]))
        builder.compute(0, 2 * 25, 7)
        builder.message(0, worker, 12, 1, 3, 4)
        start = builder.clocks[worker]
        builder.compute(worker, 2 * int(random.integers(2000, 9000)), 17, 500)
        # The function that the task calls has a slice of its own within the task's.
        builder.slice(worker, Activity.TASK, start, builder.clocks[worker], 1, 4, 0, 1)
        builder.slice(worker, Activity.FUNCTION, start, builder.clocks[worker], 1, 4)
    for worker in range(1, cores):
        builder.message(worker, 0, 4, 4, 2, 3)
    slowest = 1 + int(numpy.argmax(builder.clocks[1:]))
    builder.step(slowest, 2 * 25, -1, 0, -1, 0)
    return builder.recording(file="pi_farm.py", source=FARM_SOURCE, names=names, sites=sites)


@cache
def large(cores: int = 1024, slices: int = 100_000) -> Recording:
    """Jacobi with about as many slices as asked for."""
    per_step = max(1, len(jacobi(cores, 1).slices))
    return jacobi(cores, max(1, slices // per_step))


def tiled(recording: Recording, rows: int, columns: int) -> Recording:
    """The same on chips of this many rows and columns."""
    return replace(recording, chip_rows=rows, chip_columns=columns)


def empty() -> Recording:
    """A run that did nothing at all on one core."""
    return Recording(
        chip="epiphany3", mesh_model="ideal", rows=1, columns=1, chip_rows=1, chip_columns=1, clock_hz=600e6,
        end=0, cores=numpy.zeros(1, CORE), slices=numpy.zeros(0, SLICE), messages=numpy.zeros(0, MESSAGE),
        traffic=numpy.zeros(0, TRAFFIC), links=numpy.zeros(0, LINK), lines=numpy.zeros(0, LINE),
        path=numpy.zeros(0, STEP), path_ends=numpy.zeros(0, STEP_END), names=(),
        sites=(Site(0, 0, 0, ""),), files=(), sources=(),
    )  # fmt: skip
