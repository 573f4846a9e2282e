"""Which names a module and its functions bind, and where: the rules of DESIGN's language table.

`collect_module` reads a module's tree once. `function_scope` then decides for every name that a
function assigns whether it is a local or a global of the module, by the rule of the standard: in
`python3` it is local unless declared `global`; in `epython` it is the global when an unindented
statement of the module assigned it textually before the `def` (a `for` target does not count).
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass
class ModuleNames:
    """What the top level of one module binds.

    `variables`: every name that top-level code assigns, with the first node that does.
    `settled`: of these, the ones assigned by an unindented plain assignment, with its index among the
    module's statements.
    """

    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    function_index: dict[str, int] = field(default_factory=dict)
    variables: dict[str, ast.AST] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    redefined: list[ast.FunctionDef] = field(default_factory=list)
    nested_functions: list[ast.FunctionDef] = field(default_factory=list)


@dataclass
class FunctionScope:
    """How a function sees names: `implicit` are globals written by ePython's rule, with the first
    node that writes each."""

    locals: frozenset[str]
    globals: frozenset[str]
    implicit: dict[str, ast.AST]


def names_in_target(target: ast.expr) -> Iterator[ast.Name]:
    """The plain names that an assignment target binds."""
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from names_in_target(item)


def _assigned_by(statement: ast.stmt) -> Iterator[ast.Name]:
    """Names that one plain assignment binds (not what is nested in a block)."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from names_in_target(target)
    elif isinstance(statement, ast.AugAssign) or (
        isinstance(statement, ast.AnnAssign) and statement.value is not None
    ):
        yield from names_in_target(statement.target)


def _loop_targets(statement: ast.stmt) -> Iterator[ast.Name]:
    if isinstance(statement, ast.For):
        yield from names_in_target(statement.target)


def statements_below(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a body and of the blocks inside it, in textual order, not inside a `def`."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.For, ast.While)):
            yield from statements_below(statement.body)
            yield from statements_below(statement.orelse)


def all_statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements of a module, outer ones first, wherever they stand; expressions are not looked into."""
    pending: deque[ast.AST] = deque(tree.body)
    while pending:
        node = pending.popleft()
        yield node
        pending.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))


def collect_module(tree: ast.Module) -> ModuleNames:
    """Read what a module's top level binds."""
    names = ModuleNames()
    for index, statement in enumerate(tree.body):
        if isinstance(statement, ast.FunctionDef):
            if statement.name in names.functions:
                names.redefined.append(statement)
            names.functions[statement.name] = statement
            names.function_index[statement.name] = index
        for name in _assigned_by(statement):
            names.settled.setdefault(name.id, index)
    top_level = set(tree.body)
    for node in all_statements(tree):
        if isinstance(node, ast.FunctionDef) and node not in top_level:
            names.nested_functions.append(node)
        if isinstance(node, ast.Global):  # a function may be the only one to assign it
            for declared in node.names:
                names.variables.setdefault(declared, node)
    for statement in statements_below(tree.body):
        for name in (*_assigned_by(statement), *_loop_targets(statement)):
            names.variables.setdefault(name.id, name)
    return names


def parameter_names(function: ast.FunctionDef) -> list[str]:
    """Names of the positional parameters, in order."""
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def function_scope(function: ast.FunctionDef, module: ModuleNames, python3: bool) -> FunctionScope:
    """Decide which of the names that a function binds are its own."""
    assigned: dict[str, ast.AST] = {}
    loop_targets: set[str] = set()
    declared: set[str] = set()
    for statement in statements_below(function.body):
        for name in _assigned_by(statement):
            assigned.setdefault(name.id, name)
        loop_targets.update(name.id for name in _loop_targets(statement))
        if isinstance(statement, ast.Global):
            declared.update(statement.names)
    parameters = set(parameter_names(function))
    implicit: dict[str, ast.AST] = {}
    if not python3:
        here = module.function_index.get(function.name, -1)
        for written, node in assigned.items():
            first = module.settled.get(written, here)
            if written not in parameters and written not in declared and first < here:
                implicit[written] = node
    outer = declared | set(implicit)
    local = (parameters | set(assigned) | loop_targets) - outer
    return FunctionScope(frozenset(local), frozenset(outer), implicit)


def names_read(nodes: Iterable[ast.AST]) -> set[str]:
    """Every plain name that occurs anywhere below, read or written."""
    found: set[str] = set()
    for node in nodes:
        for child in ast.walk(node):
            if isinstance(child, ast.Name):
                found.add(child.id)
            elif isinstance(child, ast.Global):
                found.update(child.names)
    return found
