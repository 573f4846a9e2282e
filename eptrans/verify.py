"""Checks that IR is well formed; the tests run it after every pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ir import (
    TERMINATORS,
    Binary,
    Branch,
    Call,
    Compare,
    Copy,
    Function,
    Operation,
    Program,
    Return,
    successors,
)
from .operands import Register
from .value_types import Tag, Type


class VerifyError(AssertionError):
    """The IR breaks one of its own rules: an error of the compiler, not of the program."""


def verify_function(function: Function, typed: bool) -> None:
    """Blocks numbered and terminated, registers known; with `typed`, operand and result types agree."""
    numbers = [block.number for block in function.blocks]
    if numbers != list(range(len(numbers))):
        raise VerifyError(f"{function.name}: blocks are numbered {numbers}")
    for block in function.blocks:
        where = f"{function.name}, block {block.number}"
        if not block.operations or not isinstance(block.operations[-1], TERMINATORS):
            raise VerifyError(f"{where}: no terminator")
        for operation in block.operations[:-1]:
            if isinstance(operation, TERMINATORS):
                raise VerifyError(f"{where}: {operation.mnemonic} before the end")
        for target in successors(block.terminator):
            if not 0 <= target < len(numbers):
                raise VerifyError(f"{where}: goes to block {target}, which is not there")
        for operation in block.operations:
            _check_registers(where, function, operation)
            if typed:
                _check_types(where, function, operation)


def _check_registers(where: str, function: Function, operation: Operation) -> None:
    results = [operation.result] if operation.result is not None else []
    for register in (*operation.registers_read(), *results):
        if not (0 <= register.index < len(function.registers)):
            raise VerifyError(f"{where}: {operation.mnemonic} names {register}, which is not there")
        if function.registers[register.index] != register:
            raise VerifyError(
                f"{where}: {operation.mnemonic} names {register}: {register.type}, "
                f"but the register is {function.registers[register.index].type}"
            )


def _same(left: Type, right: Type) -> bool:
    """Held the same way."""
    return left.is_dynamic == right.is_dynamic and (left.is_dynamic or left.tags == right.tags)


def _check_types(where: str, function: Function, operation: Operation) -> None:
    def need(condition: bool, what: str) -> None:
        if not condition:
            raise VerifyError(f"{where}: {operation.mnemonic}: {what}")

    for operand in operation.operands():
        need(bool(operand.type.tags), f"{operand} has no type")
    if operation.result is not None:
        need(bool(operation.result.type.tags), "the result has no type")
    check = TYPE_CHECKS.get(type(operation))
    if check is not None:
        wrong = check(function, operation)
        need(wrong is None, str(wrong))


def _wrong_in_copy(function: Function, operation: Copy) -> str | None:
    result = operation.result
    held = result is None or _same(operation.source.type, result.type)
    return None if held else "source and result are held differently"


def _wrong_in_operands(function: Function, operation: Binary | Compare) -> str | None:
    left, right = operation.left.type, operation.right.type
    tagged = left.is_dynamic or right.is_dynamic
    mixed = {left.tags, right.tags} & {Tag.STRING, Tag.REAL, Tag.FUNCTION}
    return None if tagged or left.tags == right.tags or mixed else "operands of different kinds"


def _wrong_in_branch(function: Function, operation: Branch) -> str | None:
    return None if operation.condition.type.tags == Tag.BOOL else "the condition is not a bool"


def _wrong_in_return(function: Function, operation: Return) -> str | None:
    held = _same(operation.value.type, function.result)
    return None if held else "the value is not held as the function's result is"


TYPE_CHECKS: dict[type[Operation], Callable[[Function, Any], str | None]] = {
    Copy: _wrong_in_copy,
    Binary: _wrong_in_operands,
    Compare: _wrong_in_operands,
    Branch: _wrong_in_branch,
    Return: _wrong_in_return,
}
"""What is wrong with the types of an operation in a function; None: nothing."""


def verify_program(program: Program, typed: bool) -> None:
    """All functions, and that calls go to functions that exist with arguments held as wanted."""
    for function in program.functions.values():
        verify_function(function, typed)
        for block in function.blocks:
            for operation in block.operations:
                if isinstance(operation, Call):
                    _check_call(program, function, operation, typed)


def _check_call(program: Program, function: Function, operation: Call, typed: bool) -> None:
    callee = program.functions.get(operation.function)
    if callee is None:
        raise VerifyError(f"{function.name}: calls {operation.function}, which is not there")
    if len(operation.arguments) != len(callee.parameters):
        raise VerifyError(f"{function.name}: {len(operation.arguments)} arguments for {operation.function}")
    if not typed:
        return
    for argument, parameter in zip(operation.arguments, callee.parameters):
        register: Register = parameter.register
        if not _same(argument.type, register.type):
            raise VerifyError(f"{callee.name}: {argument}: {argument.type} for {register}: {register.type}")
