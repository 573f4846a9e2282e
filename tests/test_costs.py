"""The cost table: every number has its source, and the table has all the names that are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eptrans.codegen.instructions import (
    ELEMENT_ROWS,
    INLINE_ROWS,
    INTEGER_ROWS,
    INTEGER_UNARY_ROWS,
    POWER_OF_TWO_ROWS,
    REAL_ROWS,
)
from eptrans.codegen.pipeline import WAITS
from eptrans.costs import COSTS_FILE, ESTIMATE, TABLES, CostTable, Unit, cost_table, read_costs
from eptrans.devices import DEVICE_FUNCTIONS, Through

RECORD = Path(__file__).parent.parent / "runtime" / "core_record.h"


@pytest.fixture
def table() -> CostTable:
    return cost_table()


def test_every_row_tells_its_source_and_how_it_follows(table: CostTable) -> None:
    rows = {f"{name}.{row}": cost for name in TABLES for row, cost in getattr(table, name).items()}
    assert len(rows) > 80
    for name, cost in rows.items():
        assert cost.source and cost.note, name


def test_estimates_are_told_from_what_is_known(table: CostTable) -> None:
    assert table.runtime["allocate"].is_estimate
    assert not table.runtime["receive"].is_estimate
    assert table.operation64["float"].source == ESTIMATE


def test_the_runtime_s_rows_are_the_names_of_the_header(table: CostTable) -> None:
    listed = re.findall(r"#define EP_COSTS_OF_\w+\(X\)((?:.*\\\n)*.*)", RECORD.read_text())
    assert {name for text in listed for name in re.findall(r"X\((\w+)\)", text)} == table.runtime.keys()


@pytest.mark.parametrize("word", [32, 64])
def test_all_rows_that_the_compiler_asks_for_are_there(table: CostTable, word: int) -> None:
    rows = table.instructions(word)
    tables = (INTEGER_ROWS, POWER_OF_TWO_ROWS, REAL_ROWS, INTEGER_UNARY_ROWS, INLINE_ROWS)
    asked = {name for names in tables for listed in names.values() for name in listed}
    asked |= {name for listed in ELEMENT_ROWS.values() for name in listed}
    asked |= {form.target for function in DEVICE_FUNCTIONS for form in function.forms
              if form.through is Through.MATH}
    assert asked - rows.keys() == set()
    assert set(WAITS.values()) - table.wait.keys() == set()


def test_inline_rows_name_functions_of_the_table_of_devices() -> None:
    inline = {form.target for function in DEVICE_FUNCTIONS for form in function.forms
              if form.through is Through.INLINE}
    assert (INLINE_ROWS.keys() | ELEMENT_ROWS.keys()) - inline == set()


def test_no_code_of_the_runtime_states_a_number_of_cycles() -> None:
    literal = re.compile(r"EP_CYCLES\([^()]*\d|clock \+= (?:EP_CYCLES\()?\d")
    stated = [f"{path.name}: {line.strip()}" for path in sorted(RECORD.parent.iterdir())
              if path.suffix in (".h", ".pyx", ".pxd") for line in path.read_text().splitlines()
              if literal.search(line)]
    assert stated == []


def test_a_wider_word_never_costs_less(table: CostTable) -> None:
    narrow, wide = table.instructions(32), table.instructions(64)
    assert all(wide[name].cycles >= narrow[name].cycles for name in narrow)


def test_functions_are_priced_by_their_instructions(table: CostTable) -> None:
    sine = table.instructions(32)["sin"]
    assert sine.unit is Unit.ALONE
    assert sine.cycles == 3 * 8 + 30 + 33 * 5  # calls, integer instructions, a chain of floating-point ones
    assert table.instructions(64)["sin"].cycles == 3 * 8 + 2 * 30 + 33 * (120 + 180)


GOOD = {"cycles": "3", "source": '"manual"', "note": '"a call"'}
INSTRUCTION = {**GOOD, "unit": '"integer"'}
FUNCTION = {"calls": "1", "integer": "2", "float": "3", "divisions": "0", "source": '"manual"', "note": '"x"'}
WRONG = [
    ("runtime", {**GOOD, "source": None}, "runtime.row: a cost needs the source of its number"),
    ("runtime", {**GOOD, "source": '""'}, "runtime.row: a cost needs the source of its number"),
    ("runtime", {**GOOD, "source": '"hearsay"'}, "[sources] has no 'hearsay'"),
    ("runtime", {**GOOD, "note": None}, "runtime.row: a cost needs a note"),
    ("runtime", {**GOOD, "cycles": None}, "runtime.row: None cycles"),
    ("runtime", {**GOOD, "cycles": "0.3"}, "multiple of half a cycle"),
    ("runtime", {**GOOD, "cycles": "-1"}, "not negative"),
    ("runtime", {**GOOD, "cycles": '"3"'}, "runtime.row: 3 cycles"),
    ("runtime", {**GOOD, "sauce": '"x"'}, "'sauce' is no field"),
    ("wait", {**GOOD, "source": None}, "wait.row: a cost needs the source of its number"),
    ("operation", {**INSTRUCTION, "source": None}, "operation.row: a cost needs the source of its number"),
    ("operation", {**INSTRUCTION, "unit": None}, "a cost needs the unit"),
    ("operation", {**INSTRUCTION, "unit": '"vector"'}, "'vector' is no unit"),
    ("operation", {**INSTRUCTION, "cycles": "1.5"}, "1.5 cycles; a whole number"),
    ("operation64", {**INSTRUCTION, "note": None}, "operation64.row: a cost needs a note"),
    ("function", {**FUNCTION, "source": None}, "function.row: a cost needs the source of its number"),
    ("function", {**FUNCTION, "float": None}, "None float; a whole number"),
    ("gossip", GOOD, "'gossip' is no table of costs"),
]


def written(table: str, fields: dict[str, str | None]) -> str:
    lines = [f"{name} = {value}" for name, value in fields.items() if value is not None]
    return "\n".join(['[sources]', 'manual = "the manual"', f"[{table}.row]", *lines])


@pytest.mark.parametrize(("name", "fields"), [("runtime", GOOD), ("operation", INSTRUCTION),
                                              ("function", FUNCTION)])
def test_a_whole_row_is_read(name: str, fields: dict[str, str | None]) -> None:
    assert getattr(read_costs(written(name, fields)), name)["row"].source == "the manual"


@pytest.mark.parametrize(("name", "fields", "message"), WRONG)
def test_a_row_without_what_it_needs_is_refused(
    name: str, fields: dict[str, str | None], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_costs(written(name, fields))


def test_the_file_is_part_of_the_package() -> None:
    assert COSTS_FILE.parent.name == "eptrans"
    listed = (COSTS_FILE.parent.parent / "pyproject.toml").read_text()
    assert COSTS_FILE.name in listed
