"""The cost table: every number has its source, and the table has all the names that are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eptrans.costs import COSTS, COSTS_FILE, ESTIMATE, read_costs

ROW = '[sources]\nmanual = "the manual"\n[runtime.send]\n{}\n[operation]\n'
RECORD = Path(__file__).parent.parent / "runtime" / "core_record.h"


def test_every_row_tells_its_source_and_how_it_follows() -> None:
    for table in (COSTS.runtime, COSTS.operation):
        for name, cost in table.items():
            assert cost.source and cost.note, name


def test_estimates_are_told_from_what_is_known() -> None:
    assert COSTS.runtime["allocate"].is_estimate
    assert not COSTS.runtime["receive"].is_estimate
    assert COSTS.runtime["allocate"].source == ESTIMATE


def test_the_runtime_s_rows_are_the_names_of_the_header() -> None:
    listed = re.findall(r"#define EP_COSTS_OF_\w+\(X\)((?:.*\\\n)*.*)", RECORD.read_text())
    assert {name for text in listed for name in re.findall(r"X\((\w+)\)", text)} == COSTS.runtime.keys()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('cycles = 3\nnote = "a call"', "runtime.send: a cost needs the source"),
        ('cycles = 3\nsource = ""\nnote = "a call"', "runtime.send: a cost needs the source"),
        ('cycles = 3\nsource = "hearsay"\nnote = "a call"', "runtime.send: a cost needs the source"),
        ('cycles = 3\nsource = "manual"', "runtime.send: a cost needs a note"),
        ('source = "manual"\nnote = "a call"', "runtime.send: None cycles"),
        ('cycles = 0.3\nsource = "manual"\nnote = "a call"', "multiple of half a cycle"),
        ('cycles = -1\nsource = "manual"\nnote = "a call"', "not negative"),
        ('cycles = "3"\nsource = "manual"\nnote = "a call"', "runtime.send: 3 cycles"),
        ('cycles = 3\nsource = "manual"\nnote = "a call"\nsauce = "x"', "'sauce' is no field"),
    ],
)
def test_a_row_without_what_it_needs_is_refused(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_costs(ROW.format(row))


def test_the_file_is_part_of_the_package() -> None:
    assert COSTS_FILE.parent.name == "eptrans"
    listed = (COSTS_FILE.parent.parent / "pyproject.toml").read_text()
    assert COSTS_FILE.name in listed
