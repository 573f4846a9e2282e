"""What a `--std python3` program must print, computed by CPython itself.

The program's tree is rewritten so that every arithmetic operation goes through a
function that wraps ints and rounds reals to the machine word; all else (control
flow, calls, names, comparisons, lists, strings) is left to CPython.
"""

from __future__ import annotations

import ast
import builtins
import math
import operator
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "FloorDiv": operator.floordiv,
    "Mod": operator.mod, "Pow": operator.pow, "BitAnd": operator.and_, "BitOr": operator.or_,
    "BitXor": operator.xor, "LShift": operator.lshift, "RShift": operator.rshift, "Div": operator.truediv,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert,
}


def shortest_single(value: float) -> str:
    """The shortest text that reads back as the same single-precision real, laid out as Python's repr."""
    if not math.isfinite(value) or value == 0:
        return repr(value)
    digits = next(digits for digits in range(9) if single(float(f"{value:.{digits}e}")) == value)
    text = f"{value:.{digits}e}"
    exponent = int(text.split("e")[1])
    if -4 <= exponent < 16:
        return f"{float(text):.{max(digits - exponent, 1)}f}"
    return repr(float(text))


def single(value: float) -> float:
    """A real rounded to single precision."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


@dataclass
class Word:
    """Arithmetic at one width of the machine word."""

    bits: int
    output: list[str] = field(default_factory=list)

    def fit(self, value: Any) -> Any:
        """The value as it is stored in a word."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        if isinstance(value, float):
            return single(value) if self.bits == 32 else value
        half = 1 << (self.bits - 1)
        return (value + half) % (2 * half) - half

    def real(self, value: Any) -> float:
        return float(self.fit(float(value)))

    def binary(self, operation: str, left: Any, right: Any) -> Any:
        kinds = {type(left), type(right)}
        if kinds <= {int, float, bool} and (float in kinds or operation == "Div"):
            left, right = self.real(left), self.real(right)
        return self.fit(OPERATORS[operation](left, right))

    def unary(self, operation: str, operand: Any) -> Any:
        return self.fit(UNARY[operation](operand))

    def total(self, values: Sequence[Any]) -> Any:
        result: Any = 0
        for value in values:
            result = self.binary("Add", result, value)
        return result

    def to_int(self, value: Any) -> int:
        """int(x) and round(x): a real out of the word's range is an error of the program."""
        found = int(value)
        if self.fit(found) != found:
            raise OverflowError("out of the word's range")
        return found

    def text(self, value: Any) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(map(self.text, value)) + "]"
        if isinstance(value, float):
            return shortest_single(value) if self.bits == 32 else repr(value)
        return str(value)

    def print(self, *values: Any, sep: str = " ", end: str = "\n") -> None:
        self.output.append(sep.join(map(self.text, values)) + end)

    def names(self) -> dict[str, Any]:
        """What a program finds in place of the builtins that depend on the word."""
        return {
            "__builtins__": {name: getattr(builtins, name) for name in ("len", "min", "max", "range")},
            "_binary": self.binary, "_unary": self.unary, "_fit": self.fit, "_text": self.text,
            "print": self.print, "str": self.text, "sum": self.total, "float": self.real, "int": self.to_int,
            "round": lambda value: self.to_int(round(value)), "abs": lambda value: self.fit(abs(value)),
            "sqrt": lambda value: self.real(math.sqrt(value)),
        }


class Rewriter(ast.NodeTransformer):
    """Sends arithmetic, real literals and the text of f-strings through a Word."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return call("_binary", ast.Constant(type(node.op).__name__), node.left, node.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            return node
        return call("_unary", ast.Constant(type(node.op).__name__), node.operand)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        loaded = ast.parse(ast.unparse(node.target), mode="eval").body
        value = self.visit(ast.BinOp(loaded, node.op, node.value))
        return ast.Assign([self.visit(node.target)], value)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return call("_fit", node) if isinstance(node.value, float) else node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        return node if node.format_spec else ast.FormattedValue(call("_text", node.value), -1, None)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return ast.Pass()


def call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def expected_output(program: str, bits: int) -> str:
    """What the program prints; raises what it raises (ValueError, ArithmeticError)."""
    tree = ast.fix_missing_locations(Rewriter().visit(ast.parse(program)))
    word = Word(bits)
    exec(compile(tree, "program", "exec"), word.names())
    return "".join(word.output)
