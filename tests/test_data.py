"""Runs tests/data/*.test: what the language and its modules mean (the format is told in case_files.py)."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.case_files import Case, read_cases
from support.case_runner import CaseRunner

DATA = Path(__file__).parent / "data"
CASES = [case for path in sorted(DATA.glob("*.test")) for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, case_runner: CaseRunner) -> None:
    problem = case_runner.problem(case)
    if problem:
        pytest.fail(problem, pytrace=False)
