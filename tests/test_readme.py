"""The README says what is so: its tables come from the tables, its program prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import eptrans
from eptrans.documentation import with_tables

README = Path(__file__).resolve().parent.parent / "README.md"


@pytest.mark.parametrize("name", ["README.md", "docs/costs.md", "docs/model.md"])
def test_the_tables_are_up_to_date(name: str) -> None:
    text = (README.parent / name).read_text(encoding="utf-8")
    assert "<!-- end of " in text
    assert text == with_tables(text), f"run: python -m eptrans.documentation {name}"


def test_the_first_program_prints_what_the_readme_shows(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    program = re.search(r"```python\n(import parallel.*?)```", text, re.DOTALL)
    shown = re.search(r"\$ eptrans build farm.py && eptrans run\nbuilt farm.epx\n(.*?)```", text, re.DOTALL)
    assert program is not None
    assert shown is not None
    path = tmp_path / "farm.py"
    path.write_text(program[1], encoding="utf-8")
    assert eptrans.build(str(path)).run(cores=16).output == shown[1]
