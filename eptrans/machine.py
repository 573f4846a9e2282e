"""What a run of the emulated machine is given and what it gives back.

Pure Python, so that the command line can build options and read results
without loading the extension modules; `eptrans.runtime.core.run_program` is
the one function between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from eptrans.chip import DEFAULT_CHIP, Chip, packaged_chip
from eptrans.costs import runtime_costs
from eptrans.diagnostics import EptransError
from eptrans.memory_layout import FarParts, MemoryLayout
from eptrans.record_options import ProgressTerminal, RecordOptions, RunNotes

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUNTIME_COSTS = runtime_costs()
DEFAULT_STACK_BYTES = 256 * 1024
DEFAULT_SHARED_MEMORY = 32 * 1024 * 1024

MAXIMUM_ROWS = 64
"""Rows and columns of the largest mesh in the address map."""

MAXIMUM_HOST_CORES = 4096

MAXIMUM_JOBS = 256
"""Host threads that one machine may use."""


WATCH_AFTER = 10_000
"""Cycles in which programs mostly tell each other what they are to do: messages meet then."""


class MeshModel(Enum):
    """What becomes of two messages that want the same link of the mesh at the same time (`--mesh-model`)."""

    IDEAL = "ideal"
    """Both go on."""
    CONTENTION = "contention"
    """The later one waits."""


class MachineError(EptransError):
    """The machine could not be started, or its output could not be written."""


class OtherObjectNeeded(Exception):
    """A program has to be compiled for other parts in shared memory: the machine was not started."""

    def __init__(self, parts: FarParts) -> None:
        super().__init__(f"parts in shared memory: {parts}")
        self.parts = parts


class Status(Enum):
    """How a run ended."""

    FINISHED = "finished"
    FAULT = "fault"
    DEADLOCK = "deadlock"
    INTERRUPTED = "interrupted"
    OUTPUT_CLOSED = "output closed"


@dataclass(frozen=True)
class MachineOptions:
    """The machine that a program runs on, and where its text goes."""

    cores: tuple[int, ...]
    """Numbers of the device cores that run."""
    host_cores: int = 0
    """How many host cores run too; they are numbered after the last device core."""
    rows: int = 4
    """Of the whole mesh, over all chips."""
    columns: int = 4
    chip: Chip = field(default_factory=lambda: packaged_chip(DEFAULT_CHIP))
    """What one chip is and what its mesh takes."""
    chip_rows: int = 0
    """Rows after which the edge of a chip comes; 0: the mesh is one chip."""
    chip_columns: int = 0
    mesh_model: MeshModel = MeshModel.IDEAL
    local_memory: int = 32 * 1024
    """Bytes of local memory a core."""
    shared_memory: int = DEFAULT_SHARED_MEMORY
    """Bytes of shared memory that all cores divide evenly."""
    code_in_shared_memory: bool = False
    """The code takes no room in the cores' local memories."""
    data_in_shared_memory: bool = False
    """Neither do globals, arrays and strings."""
    stack_bytes: int = DEFAULT_STACK_BYTES
    """Limit of the emulated stack a core, bytes."""
    seed: int = 0
    capture: bool = False
    """Collect the output in `Outcome.output` instead of writing it to `output_fd`."""
    output_fd: int = 1
    input_fd: int = 0
    jobs: int = 1
    """The most host threads that run the cores; as many do as pay. No result depends on it."""
    always_share: bool = False
    """All `jobs` threads share the cores all the time, whether it pays or not: for tests."""
    watch_after: int | None = WATCH_AFTER
    """With the mesh model `contention`: cycles after which the run believes that nobody waits for a link any
    more, until that proves wrong; None: never. No result depends on it."""
    costs: Mapping[str, float] = field(default_factory=lambda: RUNTIME_COSTS)
    """Cycles of each of the runtime's operations (`eptrans.costs.runtime_costs`)."""
    record: RecordOptions | None = None
    """What to note of the run, which then runs on one host thread."""
    progress: ProgressTerminal | None = None
    """Where to tell meanwhile how far the run is."""

    def __post_init__(self) -> None:
        """Refuses what the machine cannot be built from.

        Raises:
            ValueError: a number is out of its range; the message names it.
        """
        if not (1 <= self.rows <= MAXIMUM_ROWS and 1 <= self.columns <= MAXIMUM_ROWS):
            raise ValueError(f"a mesh of {self.rows}x{self.columns} is not between 1x1 and 64x64")
        if self.chip_rows < 0 or self.chip_columns < 0:
            raise ValueError("the rows and columns of a chip cannot be negative")
        if len(set(self.cores)) != len(self.cores):
            raise ValueError("a core is named twice")
        places = self.rows * self.columns
        outside = [number for number in self.cores if not 0 <= number < places]
        if outside:
            raise ValueError(f"core {outside[0]} is not on a mesh of {self.rows}x{self.columns}")
        if not 0 <= self.host_cores <= MAXIMUM_HOST_CORES:
            raise ValueError(f"{self.host_cores} host cores: give 0 to {MAXIMUM_HOST_CORES}")
        if not self.cores and not self.host_cores:
            raise ValueError("a machine needs at least one core")
        if self.local_memory < 0 or self.shared_memory < 0:
            raise ValueError("memory sizes cannot be negative")
        if not 1 <= self.jobs <= MAXIMUM_JOBS:
            raise ValueError(f"{self.jobs} host threads: give 1 to {MAXIMUM_JOBS}")
        if self.stack_bytes < 1024:
            raise ValueError(f"a stack of {self.stack_bytes} bytes is too small: give at least 1024")

    @property
    def outgrows_its_chip(self) -> bool:
        """Whether the mesh, taken as one chip, is larger than the chip that its numbers are from."""
        return not self.chip_rows and (self.rows > self.chip.rows or self.columns > self.chip.columns)

    @property
    def chip_name(self) -> str:
        """What the chip is called: as in `epiphany3`, or `like epiphany3` where the mesh outgrows it."""
        return f"like {self.chip.name}" if self.outgrows_its_chip else self.chip.name

    @property
    def description(self) -> str:
        """The machine in a few words: every table says which one it tells of."""
        chip = self.chip
        of_chip = (self.chip_rows or chip.rows, self.chip_columns or chip.columns)
        places = f"{self.rows}x{self.columns} cores"
        if self.outgrows_its_chip:
            shape = f"{self.chip_name}, but {places}"
        elif (self.rows, self.columns) == of_chip:
            shape = f"{chip.name}, {places}"
        elif self.chip_rows and (self.rows % self.chip_rows, self.columns % self.chip_columns) == (0, 0):
            tiles = f"{self.rows // self.chip_rows}x{self.columns // self.chip_columns} chips"
            shape = f"{tiles} of {chip.name}, {places}"
        else:
            shape = f"{places} of {chip.name}"
        return f"{shape}, mesh model {self.mesh_model.value}"


@dataclass(frozen=True)
class FrameReport:
    """One call that was under way; the line is 0 where it is not known."""

    function: str
    file: str
    line: int
    column: int
    """From 1, in characters; 0: the whole line."""


@dataclass(frozen=True)
class FaultReport:
    """The error that ended a program."""

    message: str
    core: int
    is_host: bool
    frames: tuple[FrameReport, ...]
    """Innermost first."""
    notes: tuple[str, ...] = ()
    """Further lines, such as who gave the task that failed."""


@dataclass(frozen=True)
class WaitReport:
    """What one core was doing when the program stopped."""

    core: int
    is_host: bool
    text: str
    """As in "recv from core 1" or "running"."""
    file: str
    line: int
    """0 where the place is not known."""


def table_of_links(rows: list[tuple[int, ...]]) -> NDArray[Any]:
    """Links as rows of `eptrans.recording.LINK`."""
    import numpy  # takes a while, and most runs do without

    from eptrans.recording import LINK

    return numpy.array(rows, dtype=LINK)


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what each core did; lists have one entry a core, in the order of `core_ids`."""

    status: Status
    output: bytes
    """All output where it was captured, else nothing."""
    fault: FaultReport | None
    waits: tuple[WaitReport, ...]
    """Of the cores that had not ended: after a deadlock or an interrupt."""
    core_ids: list[int]
    is_host: list[bool]
    cycles: list[float]
    """Halves occur: a hop takes one and a half cycles."""
    waited: list[float]
    """Cycles spent waiting for other cores."""
    waited_link: list[float]
    """The part of it for which messages had to wait for links that others held."""
    messages_sent: list[int]
    messages_received: list[int]
    tasks: list[int]
    """Tasks of the task farm that the core has run."""
    local_peak: list[int]
    """Most bytes of arrays and strings in local memory at one time."""
    shared_peak: list[int]
    stack_peak: list[int]
    """Words of the deepest emulated stack whose calls left a trace: calls of leaf functions do not."""
    clock_hz: float = 600e6
    """The device's clock."""
    link_rows: list[tuple[int, ...]] | None = None
    """What `links` is made of."""
    device: str = ""
    """Which machine it was, as in `epiphany3, 4x4 cores, mesh model ideal`."""
    layout: MemoryLayout | None = None
    """Where code, data and stack of a core lie, and what is left for arrays and strings."""
    notes: RunNotes | None = None
    """Of a run that was recorded; `eptrans.recorded_run.recording_of` reads them."""

    @property
    def links(self) -> NDArray[Any] | None:
        """What each link carried, as rows of `eptrans.recording.LINK`; None where it was not counted.

        It is with the mesh model `contention`, always if the run is recorded.
        """
        return None if self.link_rows is None else table_of_links(self.link_rows)

