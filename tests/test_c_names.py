"""Identifiers of the generated C: the user's names are none of those that the generator has for itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import eptrans
from eptrans.codegen.c_names import c_name, numbered

ROOT = Path(__file__).parents[1]
PROGRAMS = [*sorted((ROOT / "examples").glob("*.py")), *sorted((ROOT / "benchmarks/kernels").glob("*.py"))]
TEXTS = re.compile(r'"(\\.|[^"\\])*"|/\*.*?\*/', re.DOTALL)
NUMBERED = re.compile(r"\b([a-z]+)_\d+(_\d+)?\b")


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_no_name_of_the_user_s_can_be_one_of_generated_code(path: Path) -> None:
    """Whatever has a number behind it there is kept from users' names, first and further ones."""
    source = path.read_text(encoding="utf-8")
    for match in NUMBERED.finditer(TEXTS.sub("", eptrans.build(path).c_text)):
        assert c_name(match[0]) != match[0]
        if match[2] is None and not re.search(rf"\b{match[1]}\b", source):
            assert numbered(match[1], 2) == f"{match[1]}__2"


def test_names_that_mean_something_in_c_are_changed() -> None:
    for name in ("int", "int64_t", "state", "ticks", "EP_INT", "ep_real", "_Bool", "x_2", "data_3_0"):
        assert c_name(name) == name + "_"
    for name in ("total", "x2", "first", "größe_2x".replace("ö", "o")):
        assert c_name(name) == name.replace("ß", "udf")
