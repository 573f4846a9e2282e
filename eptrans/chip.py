"""Chips: how many cores one has, their memory and clock, and what its mesh takes, read from a TOML file.

Those that come with eptrans lie in `chips/`, every number with its source. A user's own file has the same
fields, as plain numbers if that is all there is to say; with `based_on = "epiphany3"` it needs only what
differs. Every mistake is a `ChipError` that names the file, the field, its line, and what to write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eptrans.byte_sizes import byte_size
from eptrans.diagnostics import EptransError, printable, suggest
from eptrans.files import reason

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent / "chips"
DEFAULT_CHIP = "epiphany3"

_LARGEST_SHOWN = 10**60


class ChipError(EptransError, ValueError):
    """A chip that does not exist or whose file makes no sense; the text is for the user."""


@dataclass(frozen=True)
class Field:
    """One number of a chip: where it stands, what it may be, what it means."""

    section: str
    key: str
    least: float
    most: float
    step: float
    """Every value is a multiple of this."""
    meaning: str

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"


FIELDS: tuple[Field, ...] = (
    Field("chip", "rows", 1, 64, 1, "rows of cores"),
    Field("chip", "columns", 1, 64, 1, "columns of cores"),
    Field("chip", "local_memory", 0, 1 << 30, 1, "bytes of local memory a core"),
    Field("chip", "clock_mhz", 0.001, 1e6, 0, "the clock in MHz"),
    Field("mesh", "hop", 0, 10_000, 0.5, "cycles from one core to the next"),
    Field("mesh", "startup", 0, 1e6, 0.5, "cycles that a write takes besides its hops"),
    Field("mesh", "link_bytes", 0.01, 1024, 0, "bytes that a link carries in a cycle"),
    Field("mesh", "read_startup", 0, 1e6, 0.5, "cycles that a read takes besides its hops, there and back"),
    Field("mesh", "read_hop", 0, 10_000, 0.5, "cycles that a read takes for each hop, there and back"),
    Field("mesh", "copy_eight_bytes", 0, 10_000, 0.5, "cycles that a core takes to write 8 bytes in a loop"),
    Field("mesh", "dma_startup", 0, 1e6, 0.5, "cycles until the DMA engine starts"),
    Field("mesh", "dma_eight_bytes", 0, 10_000, 0.5, "cycles that the DMA engine takes to write 8 bytes"),
    Field(
        "mesh", "dma_read_eight_bytes", 0, 10_000, 0.5, "cycles that it takes to read 8 bytes of another core"
    ),
    Field("edge", "link_bytes", 0.001, 1024, 0, "bytes that a link to the next chip carries in a cycle"),
    Field("edge", "host_bytes", 0.001, 1024, 0, "bytes a cycle between the chip and the host's cores"),
    Field("edge", "latency", 0, 1e6, 0.5, "cycles that crossing the chip's edge takes"),
)
"""All that a chip is."""

_SECTIONS = tuple(dict.fromkeys(field.section for field in FIELDS))
_TOP = ("based_on", "sources", *_SECTIONS)
_PARTS = ("value", "source", "note")


@dataclass(frozen=True)
class Number:
    """A chip's value for a field, and how it is known."""

    value: float
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Chip:
    """A chip; `numbers` has one entry for each of `FIELDS`, by its name as in `mesh.hop`."""

    name: str
    numbers: Mapping[str, Number]

    @property
    def rows(self) -> int:
        return int(self["chip.rows"])

    @property
    def columns(self) -> int:
        return int(self["chip.columns"])

    @property
    def local_memory(self) -> int:
        """Bytes a core."""
        return int(self["chip.local_memory"])

    @property
    def clock_hz(self) -> float:
        return self["chip.clock_mhz"] * 1e6

    def __getitem__(self, field: str) -> float:
        return self.numbers[field].value


# ---- finding it -------------------------------------------------------------------------------------------


def names() -> tuple[str, ...]:
    """The chips that come with eptrans."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def find_chip(name: str) -> Chip:
    """The chip of this name, or the one in the TOML file at this path. Raises ChipError."""
    if name in names():
        return packaged_chip(name)
    if name.endswith(".toml") or "/" in name:
        return read_chip(Path(name))
    near = suggest(name, names())
    hint = f"did you mean {near}?" if near else f"there are {', '.join(names())}, or the path of a TOML file"
    raise ChipError(f"there is no chip '{name}': {hint}")


@cache
def packaged_chip(name: str) -> Chip:
    """A chip that comes with eptrans."""
    return read_chip(FOLDER / f"{name}.toml")


def read_chip(path: Path) -> Chip:
    """The chip in a file; its name is the file's. Raises ChipError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ChipError(f"{path}: the chip's file cannot be read: {reason(error)}") from None
    except UnicodeDecodeError as error:
        raise ChipError(f"{path}: the chip's file is not text in UTF-8 (byte {error.start + 1})") from None
    return parse_chip(str(path), text)


def parse_chip(path: str, text: str) -> Chip:
    """The chip that a file's text describes; `path` names it. Raises ChipError."""
    return _Reader(path, text).chip(Path(path).stem)


# ---- reading it -------------------------------------------------------------------------------------------


class _Reader:
    """Reads one file, and tells of its mistakes with their lines."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        try:
            self.content: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self.syntax_error(str(error)) from None
        except RecursionError:
            raise ChipError(f"{path}: this is nested too deeply for a chip") from None
        except ValueError:  # Python reads no int of more than some thousand digits
            raise ChipError(f"{path}: it has a number with too many digits for a chip") from None

    def syntax_error(self, message: str) -> ChipError:
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
        what = message[: found.start()] if found else message
        place = f"{found[1]}:{found[2]}" if found and found[1] else str(len(self.lines))
        return ChipError(f"{self.path}:{place}: this is not TOML: {printable(what[:1].lower() + what[1:])}")

    def error(self, name: str, message: str) -> ChipError:
        """A mistake in a field or a table, at its line where it has one."""
        line = self._line_of(name)
        return ChipError(f"{self.path}{f':{line}' if line else ''}: {printable(message)}")

    def _line_of(self, name: str) -> int:
        """The line (from 1) on which a field or table stands, 0 if it is nowhere."""
        section = ""
        for number, line in enumerate(self.lines, 1):
            header = re.match(r"\s*\[+\s*([^\]]*?)\s*\]+", line)
            key = re.match(r"\s*([^=#\[]+?)\s*=", line)
            if header:
                section = re.sub(r"[\s\"']", "", header[1])
            here = section if header else f"{section}.{key[1]}".strip(".") if key else ""
            if re.sub(r"[\s\"']", "", here) == name:
                return number
        return 0

    def chip(self, name: str) -> Chip:
        self._check_names("", self.content, _TOP, "a table of a chip")
        sources = self._table("sources")
        numbers = self._base()
        for section in _SECTIONS:
            keys = {field.key: field for field in FIELDS if field.section == section}
            table = self._table(section)
            self._check_names(section, table, tuple(keys), f"a field of [{section}]")
            for key, value in table.items():
                numbers[f"{section}.{key}"] = self._number(keys[key], value, sources)
        for field in FIELDS:
            if field.name not in numbers:
                raise self.error(
                    field.section,
                    f'{field.name} is missing ({field.meaning}): give it, or based_on = "{DEFAULT_CHIP}" '
                    "to take what is not given from there",
                )
        return Chip(name, MappingProxyType(numbers))

    def _base(self) -> dict[str, Number]:
        if "based_on" not in self.content:
            return {}
        base = self.content["based_on"]
        if base not in names():
            near = suggest(base, names()) if isinstance(base, str) else None
            hint = f'did you mean "{near}"?' if near else f"there are {', '.join(names())}"
            raise self.error("based_on", f"based_on names no chip that comes with eptrans: {hint}")
        if FOLDER / f"{base}.toml" == Path(self.path):
            raise self.error("based_on", "a chip cannot be based on itself")
        return dict(packaged_chip(base).numbers)

    def _table(self, name: str) -> dict[str, Any]:
        table = self.content.get(name, {})
        if not isinstance(table, dict):
            raise self.error(name, f"{name} is a table: write [{name}] on a line of its own")
        return table

    def _check_names(self, prefix: str, given: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
        for key in given:
            if key not in known:
                raise self.error(
                    f"{prefix}.{key}".strip("."), f"{key} is not {what}: {_better_name(key, known)}"
                )

    def _number(self, field: Field, given: Any, sources: Mapping[str, Any]) -> Number:
        """A field's value, given as a number or as a table with its source."""
        if not isinstance(given, dict):
            return Number(self._value(field, given))
        self._check_names(field.name, given, _PARTS, f"a part of {field.name}")
        if "value" not in given:
            raise self.error(field.name, f"{field.name} has no value")
        for part in ("source", "note"):
            if not isinstance(given.get(part, ""), str):
                raise self.error(field.name, f"the {part} of {field.name} is text")
        source = given.get("source", "")
        if source and not isinstance(sources.get(source), str):
            raise self.error(field.name, f"the source '{source}' of {field.name} is not in [sources]")
        return Number(self._value(field, given["value"]), sources.get(source, ""), given.get("note", ""))

    def _value(self, field: Field, given: Any) -> float:
        is_size = field.name == "chip.local_memory"
        value = byte_size(given) if is_size and isinstance(given, str) else given
        if isinstance(value, int) and abs(value) > _LARGEST_SHOWN:  # of any length, as in 0xfff...
            raise self.error(field.name, f"{field.name} is a number with too many digits ({field.meaning})")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            kind = 'a number, or text as in "32K"' if is_size else "a number"
            raise self.error(
                field.name, f"{field.name} must be {kind} ({field.meaning}), not {_as_toml(given)}"
            )
        if not field.least <= value <= field.most:
            limits = f"from {field.least:,.15g} to {field.most:,.15g}"
            raise self.error(
                field.name, f"{field.name} is {_as_toml(given)}, but must be {limits} ({field.meaning})"
            )
        if field.step and value % field.step:
            step = "a whole number" if field.step == 1 else f"a multiple of {field.step:g}"
            raise self.error(field.name, f"{field.name} is {_as_toml(given)}, but must be {step}")
        return value


def _better_name(key: str, known: tuple[str, ...]) -> str:
    """What to write for a name that is not among those known: fields that belong elsewhere are told where."""
    homes = [f"[{field.section}]" for field in FIELDS if field.key == key]
    if homes:
        return f"it belongs under {' or '.join(homes)}"
    near = suggest(key, known)
    return f"did you mean {near}?" if near else f"there are {', '.join(known)}"


def _as_toml(value: Any) -> str:
    """A value as it may stand in the file."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a table"
    return str(value).lower()
