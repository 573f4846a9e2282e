"""A source file as the user wrote it: its path, its text and its lines.

Reading is the one place where bytes become text, so what is wrong with the file itself (missing, a folder,
not UTF-8) is reported here. A byte order mark is dropped and every line end becomes a line feed; nothing else
of the text is changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eptrans.diagnostics import CompileError, Location, error, suggest
from eptrans.files import ZIP_SIGNATURE


@dataclass(frozen=True)
class SourceFile:
    """A program text. `path` is as the user wrote it; `lines` are without their line ends."""

    path: str
    text: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False, compare=False)

    @classmethod
    def from_text(cls, path: str, text: str) -> SourceFile:
        """A source file from text that is already in memory, its line ends brought to line feeds."""
        text = text.removeprefix("\N{BYTE ORDER MARK}").replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        return cls(path, text, tuple(lines))


def read_source(path: str | os.PathLike[str]) -> SourceFile:
    """The text of the file at `path`; raises `CompileError` where it cannot be read or is not UTF-8 text."""
    shown = os.fspath(path)
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise IsADirectoryError
        data = Path(path).read_bytes()
    except (OSError, ValueError) as problem:
        raise _unreadable(shown, problem) from None
    if data.startswith(ZIP_SIGNATURE):
        raise error(f"'{shown}' is a built program, not a source", hint=f"'eptrans run {shown}' runs it")
    try:
        return SourceFile.from_text(shown, data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise _not_utf8(shown, data, problem.start) from None


def _unreadable(path: str, problem: OSError | ValueError) -> CompileError:
    describe = next((d for kind, d in _DESCRIPTIONS if isinstance(problem, kind)), _other_problem)
    message, hint = describe(path, problem)
    return error(f"cannot read '{path}': {message}", hint=hint)


def _missing(path: str, _: Exception) -> tuple[str, str | None]:
    folder = Path(path).parent
    if not folder.is_dir():
        return f"there is no folder '{folder}'", None
    try:
        near = suggest(Path(path).name, (name for name in os.listdir(folder) if name.endswith(".py")))
    except OSError:
        near = None
    return "there is no such file", f"did you mean '{folder / near}'?" if near else None


def _is_a_folder(path: str, _: Exception) -> tuple[str, str | None]:
    return "it is a folder", "name the program's file, for example " + f"'{Path(path) / 'prog.py'}'"


def _no_permission(path: str, _: Exception) -> tuple[str, str | None]:
    return "permission denied", f"make it readable: chmod u+r '{path}'"


def _other_problem(path: str, problem: Exception) -> tuple[str, str | None]:
    return getattr(problem, "strerror", None) or str(problem), None


#: What to say for each kind of failure, looked through in order.
_DESCRIPTIONS: tuple[tuple[type[Exception], Callable[[str, Exception], tuple[str, str | None]]], ...] = (
    (FileNotFoundError, _missing),
    (NotADirectoryError, _missing),
    (IsADirectoryError, _is_a_folder),
    (PermissionError, _no_permission),
)


def _not_utf8(path: str, data: bytes, offset: int) -> CompileError:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return error(f"'{path}' is in UTF-16, not UTF-8", hint="save the file as UTF-8")
    source = SourceFile.from_text(path, data.decode("utf-8", errors="replace"))
    before = SourceFile.from_text(path, data[:offset].decode("utf-8") + "|").lines
    byte = data[offset]
    hint = "save the file as UTF-8"
    if byte >= 0xA0:
        hint += f" (in Latin-1 this byte is '{chr(byte)}')"
    location = Location(source, len(before), len(before[-1]))
    return error(f"the byte 0x{byte:02x} is not UTF-8 text", location, hint)
