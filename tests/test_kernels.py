"""Python programs in tests/data/kernels and examples must print under `--std python3` what CPython prints.

CPython gets the device modules from tests/shim, where the machine has one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.case_files import output_by_core
from support.command_server import CommandPool, Job

TESTS = Path(__file__).parent
KERNELS = [*sorted((TESTS / "data" / "kernels").glob("*.py")),
           TESTS.parent / "examples" / "kernel_python3.py"]


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda path: path.stem)
def test_kernel_agrees_with_cpython(kernel: Path, commands: CommandPool) -> None:
    reference = subprocess.run([sys.executable, str(kernel)], capture_output=True, text=True, check=True,
                               env={**os.environ, "PYTHONPATH": str(TESTS / "shim"), "PYTHONUTF8": "1"})
    done = commands.run(Job(("run", str(kernel), "--std", "python3", "-d", "1"), str(TESTS)))
    assert (done.status, done.stderr) == (0, "")
    assert output_by_core(done.stdout)["0"] == [line.rstrip() for line in reference.stdout.splitlines()]
