"""Runs a kernel under CPython or Numba: `python -m benchmarks.python_kernel NAME [--numba]`.

Asked with a number of repeats, it answers with the checksum and the processor seconds, as the kernels in C
do. CPython runs the file as it is, with a module `array` that makes nested lists. For Numba the functions are
compiled before the first question, and so is what follows the line that reads the repeats, which becomes a
function of them; lists become arrays of numpy.
"""

from __future__ import annotations

import ast
import io
import random  # noqa: F401  (loaded before the module array is put in another's place)
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.servers import serve

KERNELS = Path(__file__).resolve().parent / "kernels"


def _nested_lists(rows: int, columns: int) -> list[list[float]]:
    return [[0.0] * columns for _ in range(rows)]


def run_plainly(text: str, name: str) -> Callable[[int], None]:
    """The kernel under CPython, from its first line to its last."""
    code = compile(text, name, "exec")
    module = ModuleType("array")
    module.array = _nested_lists  # type: ignore[attr-defined]

    def run(repeats: int) -> None:
        before = sys.modules.get("array")
        sys.modules["array"] = module
        try:
            exec(code, {"__name__": "__main__", "input": lambda: str(repeats)})
        finally:
            if before is not None:
                sys.modules["array"] = before

    return run


class _ForNumba(ast.NodeTransformer):
    """Lists to arrays of numpy, and every function compiled."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list = [ast.Name("njit", ast.Load())]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        # [x]*n, whose list has become an array by now
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Call):
            function = node.left.func
            if isinstance(function, ast.Name) and function.id == "numbers":
                element = node.left.args[0]
                assert isinstance(element, ast.Tuple)
                return ast.Call(ast.Name("full", ast.Load()), [node.right, element.elts[0]], [])
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        return ast.Call(ast.Name("numbers", ast.Load()), [ast.Tuple(node.elts, ast.Load())], [])


def _run_by_numba(text: str, name: str) -> Callable[[int], None]:
    """The kernel compiled by Numba."""
    import numba
    import numpy

    tree = _ForNumba().visit(ast.parse(text))
    first = next(i for i, node in enumerate(tree.body) if "repeats = " in ast.unparse(node))
    kept = [node for node in tree.body[:first] if not ast.unparse(node).startswith("from array")]
    main = ast.parse("@njit\ndef main(repeats): pass").body[0]
    assert isinstance(main, ast.FunctionDef)
    main.body = tree.body[first + 1 :]
    module = ast.fix_missing_locations(ast.Module([*kept, main], []))
    names: dict[str, Any] = {
        "njit": numba.njit,
        "full": numpy.full,
        "numbers": numpy.array,
        "array": numba.njit(lambda rows, columns: numpy.zeros((rows, columns))),
    }
    exec(compile(module, name, "exec"), names)
    run: Callable[[int], None] = names["main"]
    with redirect_stdout(io.StringIO()):
        run(1)
    return run


def kernel(name: str, *, numba: bool) -> Callable[[list[str]], tuple[str, float]]:
    """A kernel ready to run: asked with the repeats, it gives its checksum and processor seconds."""
    text = (KERNELS / f"{name}.py").read_text(encoding="utf-8")
    run = (_run_by_numba if numba else run_plainly)(text, name)

    def answer(words: list[str]) -> tuple[str, float]:
        with redirect_stdout(io.StringIO()) as printed:
            start = time.process_time()
            run(int(words[0]))
            seconds = time.process_time() - start
        return printed.getvalue().split()[-1], seconds

    return answer


if __name__ == "__main__":
    serve(kernel(sys.argv[1], numba="--numba" in sys.argv[2:]))
