"""`eptrans check --types` on a terminal and on bad programs; what it tells is in tests/data/types.test."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from eptrans.diagnostics import CompileError
from eptrans.options import CompileOptions
from eptrans.type_listing import list_types, plain_listing, show_listing

PROGRAM = "x=1\nif coreid()==2:\n\tx='[bold]text'\nprint x\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(folder: Path, text: str) -> str:
    path = folder / "prog.py"
    path.write_text("import parallel\n" + text, encoding="utf-8")
    return str(path)


def test_a_terminal_gets_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    listing, warnings = list_types(written(tmp_path, PROGRAM), CompileOptions())
    stream = Terminal()
    show_listing(listing, stream)
    text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    shown = [" ".join(line.split()) for line in text.splitlines()]
    for line in plain_listing(listing).splitlines():
        assert any(" ".join(line.split()) in other for other in shown), line
    assert not warnings


def test_errors_are_those_of_a_build(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="takes 1 argument, 2 given"):
        list_types(written(tmp_path, "def one(a): return a\none(1, 2)\n"), CompileOptions())


def test_a_program_without_names(tmp_path: Path) -> None:
    path = tmp_path / "empty.py"
    path.write_text("")
    listing, _ = list_types(str(path), CompileOptions())
    assert plain_listing(listing).endswith("known at build time\n")
