"""ePython's own interpreter on the host, where it is found on the path as `epython-host`.

It is what `make standalone` makes of ePython's sources; it finds its modules by EPYTHONPATH. Its language has
no range without a module, whose ranges are lists and include their end: counted loops become while loops with
the same bounds. Its integer division is written `/`.
"""

from __future__ import annotations

import ast
import resource
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks import kernels, programs
from benchmarks.servers import PeerError

COMMAND = "epython-host"
MISSING = f"not found on the path: {COMMAND} (`make standalone` in ePython's sources makes it)"
_SECONDS = 300
_PROMPT_AND_PREFIX = "] "


def found() -> bool:
    """Whether the interpreter is there."""
    return shutil.which(COMMAND) is not None


class _ForInterpreter(ast.NodeTransformer):
    """Loops over ranges as while loops, and no calls of int."""

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        self.generic_visit(node)
        assert isinstance(node.target, ast.Name)
        assert isinstance(node.iter, ast.Call)
        assert len(node.iter.args) < 3
        *first, end = node.iter.args
        name = node.target.id
        start = first[0] if first else ast.Constant(0)
        test = ast.Compare(ast.Name(name, ast.Load()), [ast.Lt()], [end])
        step = ast.AugAssign(ast.Name(name, ast.Store()), ast.Add(), ast.Constant(1))
        return [ast.Assign([node.target], start), ast.While(test, [*node.body, step], [])]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return node.args[0] if isinstance(node.func, ast.Name) and node.func.id == "int" else node


def translated(text: str) -> str:
    """A kernel as the interpreter reads it."""
    tree = ast.fix_missing_locations(_ForInterpreter().visit(ast.parse(text)))
    return ast.unparse(tree).replace("//", "/") + "\n"


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="eptrans-interpreter-")


def run(name: str, repeats: int) -> float:
    """Processor seconds of a kernel, start and end included. Raises PeerError if it fails or computes
    anything but what ours does.
    """
    program = Path(_folder().name, f"{name}.py")
    if not program.exists():
        text = (programs.HERE / "kernels" / f"{name}.py").read_text(encoding="utf-8")
        program.write_text(translated(text), encoding="utf-8")
        _check(name, program)
    return _interpret(program, repeats)[1]


def _check(name: str, program: Path) -> None:
    """One repeat must give the checksum that ours gives, to single precision."""
    printed, _ = _interpret(program, 1)
    expected, _ = programs.run(f"kernels/{name}.py", 1)
    tolerance = 0.05 if name in kernels.RANDOM_KERNELS else 1e-5
    try:
        same = abs(float(printed) - float(expected)) <= tolerance * abs(float(expected))
    except ValueError:
        same = False
    if not same:
        program.unlink()
        raise PeerError(f"printed '{printed}' where {expected} was expected")


def _interpret(program: Path, repeats: int) -> tuple[str, float]:
    """What the program printed last, and the processor seconds of the interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run([COMMAND, "-h", "1", str(program)], input=f"{repeats}\n", capture_output=True,
                              text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise PeerError(f"took more than {_SECONDS} s") from None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout.rpartition(_PROMPT_AND_PREFIX)[2].strip(), seconds
