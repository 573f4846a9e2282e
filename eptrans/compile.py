"""The compiler from end to end: a path in, C text and IR text out.

parse and build (frontend/) -> assignment, webs -> type inference (analysis/)
-> specialise, ownership (passes/) -> C (codegen/)
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .analysis.assignment import check_variables, clear_checks_of_globals
from .analysis.facts import Facts
from .analysis.inference import infer
from .codegen.emit_program import emit_program
from .codegen.sizes import frame_words
from .diagnostics import CompileError, Diagnostic, Severity, in_order
from .frontend.build import build_program
from .frontend.source import SourceFile
from .ir import Program
from .ir_text import program_text
from .options import CompileOptions
from .passes.coalesce import coalesce_copies
from .passes.constants import propagate_constants
from .passes.ownership import insert_reference_counts
from .passes.specialise import specialise
from .passes.webs import split_webs
from .verify import verify_program
from .verify_ownership import verify_ownership

VERIFY = bool(os.environ.get("EPTRANS_VERIFY"))


@dataclass(frozen=True)
class Compilation:
    """What compiling a program gives: everything but the object code."""

    c_text: str
    ir_text: str
    sources: tuple[SourceFile, ...]
    warnings: tuple[Diagnostic, ...]


def _checked(program: Program, typed: bool) -> None:
    if VERIFY:
        verify_program(program, typed)


def raise_errors(diagnostics: list[Diagnostic]) -> None:
    """Raise a CompileError with all of them if one is an error."""
    if any(item.severity is Severity.ERROR for item in diagnostics):
        raise CompileError(tuple(in_order(diagnostics)))


@dataclass(frozen=True)
class Analysis:
    """A program as far as its types are known: generic functions, what inference found, messages so far."""

    program: Program
    facts: Facts
    diagnostics: list[Diagnostic]


def analyse(path: str, options: CompileOptions) -> Analysis:
    """Read a program and infer its types. Raises CompileError with every error found."""
    program, diagnostics = build_program(path, options)
    _checked(program, typed=False)
    for function in program.functions.values():
        names = [name for module, name in program.globals if module == function.module]
        diagnostics += check_variables(function, names)
    raise_errors(diagnostics)
    clear_checks_of_globals(program)
    _checked(program, typed=False)
    propagate_constants(program, options)
    _checked(program, typed=False)
    for function in program.functions.values():
        split_webs(function)
    _checked(program, typed=False)
    return Analysis(program, infer(program, options), diagnostics)


def lower(path: str, options: CompileOptions) -> tuple[Program, list[Diagnostic]]:
    """The typed IR of a program, reference counts included, and the warnings.

    Raises CompileError with every error found.
    """
    analysis = analyse(path, options)
    typed, found = specialise(analysis.program, analysis.facts, options)
    diagnostics = [*analysis.diagnostics, *found]
    raise_errors(diagnostics)
    _checked(typed, typed=True)
    for function in typed.functions.values():
        function.frame_words = frame_words(function)
        coalesce_copies(function)
    _checked(typed, typed=True)
    for function in typed.functions.values():
        insert_reference_counts(function)
        if VERIFY:
            verify_ownership(function)
    _checked(typed, typed=True)
    return typed, in_order(diagnostics)


def compile_program(path: str, options: CompileOptions) -> Compilation:
    """Compile a program to C. Raises CompileError with every error found."""
    with _without_garbage_collection():
        return _compiled(path, options)


def _compiled(path: str, options: CompileOptions) -> Compilation:
    program, warnings = lower(path, options)
    c_text, ir_text = emit_program(program, options), program_text(program)
    return Compilation(c_text, ir_text, program.sources, tuple(warnings))


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """The compiler makes many small objects and no garbage worth looking for: a fifth of its time.

    Reference counts bring them back; none should be left when this ends, since collecting then begins.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
