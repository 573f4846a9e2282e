"""What a user writes about the machine, read into numbers: cores (`-d`, `-c`), mesh (`--mesh`), sizes.

Core numbers count from 0 and lie row by row in the mesh. Every mistake is an `OptionError`
with one line that says what was written and what to write instead.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from itertools import pairwise
from operator import index
from typing import TypedDict

from eptrans.byte_sizes import byte_size
from eptrans.chip import DEFAULT_CHIP, Chip, ChipError, find_chip
from eptrans.diagnostics import EptransError, suggest
from eptrans.machine import (
    DEFAULT_SHARED_MEMORY,
    MAXIMUM_HOST_CORES,
    MAXIMUM_JOBS,
    MAXIMUM_ROWS,
    MachineOptions,
    MeshModel,
)

LARGEST_CORE = MAXIMUM_ROWS * MAXIMUM_ROWS - 1
DEFAULT_CORES = 16
LARGEST_LOCAL_MEMORY = 1 << 30  # bytes a core
LARGEST_SHARED_MEMORY = 1 << 40  # bytes in all
LARGEST_SEED = (1 << 64) - 1
JOBS_VARIABLE = "EPTRANS_JOBS"

_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_FIX_NUMBER = f"core numbers run from 0 to {LARGEST_CORE}"

Cores = tuple[int, ...]
Mesh = tuple[int, int]


class OptionError(EptransError, ValueError):
    """An option has a value that makes no sense; the text is for the user."""


def first_cores(count: int, *, with_hosts: bool = False) -> Cores:
    """The first `count` cores of the device (`-d count`); none is a choice only where host cores run."""
    if count < 0 or (count == 0 and not with_hosts):
        raise OptionError(f"{count} cores cannot run a program: give a number from 1 to {LARGEST_CORE + 1}")
    if count > LARGEST_CORE + 1:
        raise OptionError(
            f"{count} cores are more than the largest mesh has: give a number from 1 to {LARGEST_CORE + 1}"
        )
    return tuple(range(count))


def parse_cores(text: str, *, mesh: Mesh | None = None) -> Cores:
    """The cores that a specification names, in ascending order.

    `3` is one core, `1,2,9` a list, `1:7` a range with both its ends, `all` every core of the mesh
    (16 without a mesh); lists may hold ranges, as in `1,3:5`.
    """
    if text.strip().lower() == "all":
        rows, columns = mesh or (4, 4)
        return tuple(range(rows * columns))
    cores: list[int] = []
    for part in text.split(","):
        ends = part.split(":")
        if len(ends) > 2:
            raise OptionError(f"'{part.strip()}' in core specification '{text}' is not a range: write 1:7")
        first = _core_number(ends[0], text)
        last = _core_number(ends[-1], text)
        if last < first:
            raise OptionError(
                f"the range {first}:{last} in core specification '{text}' is backwards: write {last}:{first}"
            )
        cores.extend(range(first, last + 1))
    return _ascending(cores, f"core specification '{text}'")


def cores_of(
    value: int | str | Iterable[int], *, mesh: Mesh | None = None, with_hosts: bool = False
) -> Cores:
    """The cores that a Python caller names: a count, a specification as for `-c`, or core numbers."""
    if isinstance(value, str):
        return parse_cores(value, mesh=mesh)
    if isinstance(value, Iterable):
        numbers = [whole("a core", core) for core in value]
        for core in numbers:
            if not 0 <= core <= LARGEST_CORE:
                raise OptionError(f"core {core} does not exist: {_FIX_NUMBER}")
        if not numbers and not with_hosts:
            raise OptionError("no cores are given: a program needs at least one")
        return _ascending(numbers, "the list of cores")
    return first_cores(whole("the number of cores", value), with_hosts=with_hosts)


def whole(what: str, value: object) -> int:
    """A number that a Python caller gives, numpy's too. Raises OptionError for all else."""
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        raise OptionError(f"{what} is a whole number, not {value!r}") from None


def _core_number(text: str, specification: str) -> int:
    digits = text.strip()
    if not _NUMBER.match(digits):
        what = f"'{digits}' is not a core number" if digits else "a core number is missing"
        raise OptionError(
            f"{what} in core specification '{specification}': "
            "write a number (3), a list (1,2,9), a range (1:7) or all"
        )
    number = int(digits)
    if number > LARGEST_CORE:
        raise OptionError(
            f"core {number} in core specification '{specification}' does not exist: {_FIX_NUMBER}"
        )
    return number


def _ascending(cores: list[int], where: str) -> Cores:
    ordered = sorted(cores)
    for core, following in pairwise(ordered):
        if core == following:
            raise OptionError(f"core {core} is named more than once in {where}")
    return tuple(ordered)


def parse_mesh(text: str, what: str = "mesh") -> Mesh:
    """`RxC` as (rows, columns), each from 1 to 64; `what` names it in errors."""
    parts = [part.strip() for part in text.lower().split("x")]
    if len(parts) != 2 or not all(_NUMBER.match(part) for part in parts):
        raise OptionError(f"'{text}' is not a {what}: write rows x columns, as in 4x4 or 8x16")
    return checked_mesh(int(parts[0]), int(parts[1]), what)


def checked_mesh(rows: int, columns: int, what: str = "mesh") -> Mesh:
    """The mesh, if the chip can have it; `what` names it in errors."""
    if not (1 <= rows <= MAXIMUM_ROWS and 1 <= columns <= MAXIMUM_ROWS):
        raise OptionError(
            f"a {rows}x{columns} {what} cannot be built: rows and columns are from 1 to {MAXIMUM_ROWS}"
        )
    return rows, columns


def fit_mesh(cores: Cores, mesh: Mesh | None) -> Mesh:
    """The mesh that holds the cores: `mesh` if it does, by default 4x4 or the smallest square."""
    needed = max(cores, default=0) + 1
    side = max(4, _square_side(needed))
    if mesh is None:
        return side, side
    rows, columns = mesh
    if needed > rows * columns:
        raise OptionError(
            f"core {needed - 1} is not on a {rows}x{columns} mesh, which has cores "
            f"0 to {rows * columns - 1}: use --mesh {side}x{side} or fewer cores"
        )
    return mesh


def tiled(chip: Chip, chips: Mesh) -> Mesh:
    """The mesh that so many chips make together, side by side."""
    rows, columns = chips[0] * chip.rows, chips[1] * chip.columns
    if rows > MAXIMUM_ROWS or columns > MAXIMUM_ROWS:
        raise OptionError(
            f"{chips[0]}x{chips[1]} chips of {chip.rows}x{chip.columns} cores make a {rows}x{columns} mesh, "
            f"but rows and columns are at most {MAXIMUM_ROWS}"
        )
    return rows, columns


def fit_chip(cores: Cores, mesh: Mesh | None, chip: Chip, chips: Mesh | None) -> Mesh:
    """The mesh of a machine whose chip was chosen: all of it, or a part `mesh` that must fit in."""
    whole = tiled(chip, chips or (1, 1))
    what = f"{chip.name} has {whole[0]}x{whole[1]} cores"
    if chips is not None and chips != (1, 1):
        what = f"{chips[0]}x{chips[1]} chips of {chip.name} have {whole[0]}x{whole[1]} cores"
    if mesh is not None and (mesh[0] > whole[0] or mesh[1] > whole[1]):
        raise OptionError(
            f"a mesh of {mesh[0]}x{mesh[1]} is larger than the chip: {what} (use --chips to tile several)"
        )
    rows, columns = mesh or whole
    if cores and cores[-1] >= rows * columns:
        where = f"on a {rows}x{columns} mesh" if mesh else "there"
        raise OptionError(
            f"core {cores[-1]} is not {where}: {what}, "
            f"so that cores are 0 to {rows * columns - 1} (use --chips to tile several)"
        )
    return rows, columns


def chosen_model(model: str | MeshModel) -> MeshModel:
    """The mesh model of this name. Raises OptionError."""
    try:
        return MeshModel(model)
    except ValueError:
        known = [one.value for one in MeshModel]
        near = suggest(str(model), known)
        hint = f"did you mean {near}?" if near else f"there are {' and '.join(known)}"
        raise OptionError(f"there is no mesh model '{model}': {hint}") from None


def chosen_chip(name: str) -> Chip:
    """The chip of this name or in this file. Raises OptionError."""
    try:
        return find_chip(name)
    except ChipError as error:
        raise OptionError(str(error)) from None


def _square_side(count: int) -> int:
    side = 1
    while side * side < count:
        side += 1
    return side


def parse_size(text: str) -> int:
    """Bytes from `32768`, `32K` and the like. Raises OptionError."""
    size = byte_size(text)
    if size is None:
        raise OptionError(f"'{text}' is not a size: write bytes, or a number with K, M or G, as in 32K")
    return size


def machine_options(
    cores: int | str | Iterable[int] | None = None,
    *,
    host: int = 0,
    mesh: str | Mesh | None = None,
    chip: str | None = None,
    chips: str | Mesh | None = None,
    mesh_model: str | MeshModel = MeshModel.IDEAL,
    local_memory: int | str | None = None,
    shared_memory: int | str = DEFAULT_SHARED_MEMORY,
    seed: int = 0,
    jobs: int | None = None,
) -> MachineOptions:
    """The machine that a user describes; every value is checked here.

    `cores` is how many run (`-d`), a specification (`-c`) or core numbers, by default the first 16;
    `host` how many host cores run too; `chip` a chip's name or file, `chips` how many are tiled; sizes are
    bytes or text such as "32K", the local memory by default the chip's. Where no chip is chosen the mesh is
    one chip, like the default one but as large as `mesh` or the cores need. `jobs` is the most host threads
    to use, by default all processors (or what EPTRANS_JOBS says). Raises OptionError.
    """
    host = _within("the number of host cores", host, MAXIMUM_HOST_CORES)
    seed = _within("the seed", seed, LARGEST_SEED)
    shape, tiles = _mesh_of(mesh), _mesh_of(chips, "grid of chips")
    kind = chosen_chip(DEFAULT_CHIP if chip is None else chip)
    fixed = chip is not None or tiles is not None
    places = shape or (tiled(kind, tiles or (1, 1)) if fixed else None)
    if cores is None:
        cores = min(DEFAULT_CORES, places[0] * places[1]) if places else DEFAULT_CORES
    chosen = cores_of(cores, mesh=places, with_hosts=host > 0)
    rows, columns = fit_chip(chosen, shape, kind, tiles) if fixed else fit_mesh(chosen, shape)
    if local_memory is None:
        local_memory = kind.local_memory
    return MachineOptions(
        cores=chosen,
        host_cores=host,
        rows=rows,
        columns=columns,
        chip=kind,
        chip_rows=kind.rows if fixed else 0,
        chip_columns=kind.columns if fixed else 0,
        mesh_model=chosen_model(mesh_model),
        local_memory=_size("the local memory of a core", local_memory, LARGEST_LOCAL_MEMORY),
        shared_memory=_size("the shared memory", shared_memory, LARGEST_SHARED_MEMORY),
        seed=seed,
        **_sharing(jobs),
    )


def _mesh_of(given: str | Mesh | None, what: str = "mesh") -> Mesh | None:
    """Rows and columns, of cores or of chips."""
    if given is None or isinstance(given, str):
        return None if given is None else parse_mesh(given, what)
    if not isinstance(given, Iterable) or len(pair := tuple(given)) != 2:
        raise OptionError(f"{given!r} is not a {what}: give rows and columns, as in (4, 4) or '4x4'")
    return checked_mesh(whole("rows", pair[0]), whole("columns", pair[1]), what)


class _Sharing(TypedDict):
    jobs: int
    always_share: bool


def _sharing(jobs: int | None) -> _Sharing:
    """How many host threads run the cores. EPTRANS_JOBS stands for the option where that is not given: a
    number, with `always` behind it for tests that want the threads to share whether it pays or not."""
    number, _, always = os.environ.get(JOBS_VARIABLE, "").partition(" ")
    if always not in ("", "always") or (number and not _NUMBER.match(number)):
        raise OptionError(f"{JOBS_VARIABLE} in the environment is no number of host threads: write 1, 2 or 4")
    if jobs is not None:
        wanted = whole("the number of host threads", jobs)
    else:
        wanted = int(number) if number else min(processors(), MAXIMUM_JOBS)
    if not 1 <= wanted <= MAXIMUM_JOBS:
        origin = f" ({JOBS_VARIABLE} in the environment)" if jobs is None else ""
        raise OptionError(f"{wanted} host threads{origin} cannot run a program: give 1 to {MAXIMUM_JOBS}")
    return {"jobs": wanted, "always_share": always == "always"}


def processors() -> int:
    """How many processors of this computer the process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _size(what: str, size: int | str, largest: int) -> int:
    return _within(f"{what}, in bytes,", parse_size(size) if isinstance(size, str) else size, largest)


def _within(what: str, value: int, largest: int) -> int:
    """The value as Python's own int, in which the runtime may calculate. Raises OptionError."""
    number = whole(what, value)
    if not 0 <= number <= largest:
        raise OptionError(f"{what} cannot be {number}: give a number from 0 to {largest}")
    return number
