"""Prints the IR: what `--emit ir` shows and the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from .ir import (
    Binary,
    Branch,
    Compare,
    Copy,
    Function,
    Jump,
    Operation,
    Parameter,
    Program,
    Unary,
    operand_fields,
)
from .operands import Global
from .value_types import Type

SHOWN_APART = ("place", "places", "result")
TAG_FIELDS = ("kind", "declared")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_text(item) for item in value) + ")"
    if value is None:
        return "-"
    return str(value)


def _general(operation: Operation) -> str:
    """The mnemonic, operands, then the other fields by name."""
    names = operand_fields(type(operation))
    parts = [_text(getattr(operation, name)) for name in names]
    for item in fields(operation):
        if item.name in SHOWN_APART or item.name in names:
            continue
        value = getattr(operation, item.name)
        if isinstance(value, Global):
            parts.insert(0, str(value))
        elif item.name in TAG_FIELDS:
            if value:
                parts.append(f"{item.name}={Type(value)}")
        elif not (value in ("", -1) or value is False):
            parts.append(
                f"{item.name}={value!r}" if isinstance(value, str) else f"{item.name}={_text(value)}"
            )
    return f"{operation.mnemonic} {', '.join(parts)}".rstrip()


SPECIAL: dict[type, Callable[[Any], str]] = {
    Copy: lambda op: str(op.source),
    Binary: lambda op: f"{op.left} {op.operator.value} {op.right}",
    Compare: lambda op: f"{op.left} {op.operator.value} {op.right}",
    Unary: lambda op: f"{op.operator.value} {op.operand}",
    Jump: lambda op: f"jump block{op.target}",
    Branch: lambda op: f"branch {op.condition}, block{op.then}, block{op.otherwise}",
}


def operation_text(operation: Operation) -> str:
    """One operation, without its place."""
    text = SPECIAL.get(type(operation), _general)(operation)
    result = operation.result
    return text if result is None else f"{result}: {result.type} = {text}"


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f" = {parameter.default}"
    return f"{parameter.register}: {parameter.register.type}{default}"


def function_lines(function: Function) -> Iterator[str]:
    """A function's lines, its operations with the line of the source they come from."""
    parameters = ", ".join(_parameter(parameter) for parameter in function.parameters)
    yield f"function {function.name}({parameters}) -> {function.result}:"
    for block in function.blocks:
        yield f"  block{block.number}:{' loop' if block.loop_header else ''}"
        for operation in block.operations:
            text = operation_text(operation)
            yield f"    {text:<60}  # {operation.place.line}".rstrip()


def program_text(program: Program) -> str:
    """The whole program."""
    lines: list[str] = []
    for variable in program.globals.values():
        lines.append(f"global {variable}: {variable.type}{'' if variable.checked else ' (always set)'}")
    if program.value_instances:
        table = (f"{name} -> {entry or 'never called'}" for name, entry in program.value_instances.items())
        lines.append("code table: " + ", ".join(table))
    for function in program.functions.values():
        if lines:
            lines.append("")
        lines.extend(function_lines(function))
    return "\n".join(lines) + "\n"
