"""The runtime and programs under ThreadSanitizer, with several host threads: no data races.

The extension modules are built once more, into a temporary folder, and a Python that has the sanitizer's
library loaded before all others runs sanitized_programs.py with them. The runtime tells the sanitizer of
its switches between fibers (fiber.h).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(__file__).parent / "support" / "sanitized_programs.py"


def library() -> Path | None:
    """ThreadSanitizer's shared library that belongs to gcc."""
    if sys.platform != "linux" or shutil.which("gcc") is None:
        return None
    found = subprocess.run(["gcc", "-print-file-name=libtsan.so"], capture_output=True, text=True, check=True)
    path = Path(found.stdout.strip())
    return path.resolve() if path.is_absolute() else None


LIBRARY = library()
pytestmark = [
    pytest.mark.xdist_group("sanitizer"),
    pytest.mark.skipif(LIBRARY is None, reason="gcc's libtsan is not here"),
    pytest.mark.skipif(shutil.which("setarch") is None, reason="setarch is not here"),
]


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gcc whose options come after all others: -O1 holds where the build and eptrans ask for -O3."""
    script = tmp_path_factory.mktemp("compiler") / "gcc"
    script.write_text('#!/bin/sh\nexec gcc "$@" -fsanitize=thread -g -O1\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture(scope="module")
def package(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package built for the sanitizer."""
    folder = tmp_path_factory.mktemp("sanitized")
    command = [sys.executable, "setup.py", "-q", "build", "--build-base", str(folder / "build"),
               "--build-lib", str(folder / "lib")]
    built = subprocess.run(command, cwd=ROOT, env={**os.environ, "CC": compiler}, capture_output=True,
                           text=True, check=False)
    if "No module named 'Cython'" in built.stderr:
        pytest.skip("Cython is not here")
    assert built.returncode == 0, built.stderr
    return folder / "lib"


def reports(package: Path, compiler: str, folder: Path, *arguments: str) -> str:
    """What the sanitizer says of sanitized_programs.py."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(package),
        "CC": compiler,
        "EPTRANS_CACHE": str(folder / "cache"),
        "LD_PRELOAD": str(LIBRARY),
        "TSAN_OPTIONS": f"log_path={folder / 'report'} exitcode=0 report_thread_leaks=0",
    }
    # Without addresses at random: the sanitizer has fixed places of its own.
    done = subprocess.run(["setarch", "-R", sys.executable, str(PROGRAMS), *arguments], cwd=folder,
                          env=environment, capture_output=True, text=True, timeout=500, check=False)
    if "personality" in done.stderr:
        pytest.skip("setarch is not allowed here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("done")
    return "\n".join(path.read_text() for path in sorted(folder.glob("report*")))


def test_a_race_is_reported(package: Path, compiler: str, tmp_path: Path) -> None:
    """Else silence would prove nothing."""
    assert "data race" in reports(package, compiler, tmp_path, "race")


@pytest.mark.parametrize("threads", ["2"])
def test_no_data_races(package: Path, compiler: str, tmp_path: Path, threads: str) -> None:
    assert reports(package, compiler, tmp_path, "all", threads) == ""
