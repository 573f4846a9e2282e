"""`eptrans check --types`: the source with the type of each name beside it, and what stayed dynamic.

A function that is used with several combinations of types is compiled once for each; where a name's type
differs between them, they stand with a slash between. A dynamic value carries its kind with it at run time,
which is slower: for each the listing says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from .analysis.facts import Instance
from .analysis.origins import Collector, Reasons, kinds_text
from .compile import analyse, raise_errors
from .diagnostics import TAB_WIDTH, Diagnostic, Location, in_order, printable
from .frontend.source import SourceFile
from .ir import Call, CallDevice, CallValue, Copy, Function, LoadElement, Operation, StoreGlobal
from .operands import Register
from .options import CompileOptions
from .passes.specialise import ProgramSpecialiser
from .value_types import Tag, Type, is_single, tags_in

WIDEST_SOURCE = 64
"""Columns that source lines take before the types stand beside them."""


@dataclass
class ListedFile:
    """One file of the program: for each line the names that get a value there, with their types."""

    source: SourceFile
    names: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)

    def note(self, line: int, name: str, kind: str) -> None:
        """A name has a type at a line; each type is kept once."""
        kinds = self.names.setdefault(line, {}).setdefault(name, [])
        if kind not in kinds:
            kinds.append(kind)

    def beside(self, line: int) -> str:
        """What stands beside a line."""
        names = self.names.get(line, {})
        parts = [f"{name}: {' / '.join(kinds)}" for name, kinds in names.items() if name != RESULT]
        text = ", ".join(parts)
        if RESULT in names:
            text += f"{' ' if text else ''}-> {' / '.join(names[RESULT])}"
        return text or self.remarks.get(line, "")


RESULT = "->"


@dataclass(frozen=True)
class Dynamic:
    """A name whose kind is known at run time only."""

    place: Location
    name: str
    kind: str
    reason: str


@dataclass
class TypeListing:
    """All files of a program and what in them stayed dynamic."""

    files: list[ListedFile]
    dynamic: list[Dynamic]


def type_text(kind: Type) -> str:
    """A type as a reader of the program says it: "array of real, 2 dimensions"."""
    if not kind.tags & Tag.ARRAY:
        return kinds_text(kind.tags)
    text = f"array of {kinds_text(kind.elements)}"
    if kind.dimensions > 1:
        text += f", {kind.dimensions} dimensions"
    others = [kinds_text(tag) for tag in tags_in(kind.tags) if tag != Tag.ARRAY]
    return " or ".join([*others, text])


def is_undecided(kind: Type) -> bool:
    """Whether values of a type, or elements of its arrays, carry their kinds with them."""
    several = bool(kind.tags) and not is_single(kind.tags)
    return several or bool(kind.tags & Tag.ARRAY and kind.elements and not is_single(kind.elements))


def list_types(path: str, options: CompileOptions) -> tuple[TypeListing, list[Diagnostic]]:
    """The types of a program's names, and the warnings. Raises CompileError with every error found."""
    analysis = analyse(path, options)
    specialiser = ProgramSpecialiser(analysis.program, analysis.facts, options)
    _, found = specialiser.run()
    diagnostics = [*analysis.diagnostics, *found]
    raise_errors(diagnostics)
    return _Lister(specialiser).run(), in_order(diagnostics)


class _Lister:
    """Collects the types of a program that has been specialised without errors."""

    def __init__(self, specialiser: ProgramSpecialiser) -> None:
        self.program = specialiser.generic
        self.specialiser = specialiser
        self.files = {source.path: ListedFile(source) for source in self.program.sources}
        self.dynamic: dict[tuple[str, str, str], Dynamic] = {}
        self.named: dict[str, frozenset[int]] = {}
        self.reached = [specialiser.facts.instances[key] for key in specialiser.names]
        self.inference = specialiser.inference
        self.origins = Collector(self.inference, self.reached).origins

    def run(self) -> TypeListing:
        for instance in self.reached:
            self._signature(instance)
            self._assignments(instance)
        called = {instance.function.name for instance in self.reached}
        for function in self.program.functions.values():
            if function.name not in called:
                self.files[function.place.file.path].remarks[function.place.line] = "never called"
        dynamic = sorted(self.dynamic.values(), key=self._order)
        return TypeListing(list(self.files.values()), dynamic)

    def _order(self, dynamic: Dynamic) -> tuple[int, int, str]:
        return list(self.files).index(dynamic.place.file.path), dynamic.place.line, dynamic.name

    def _signature(self, instance: Instance) -> None:
        function = instance.function
        if function.source_name == "<module>":
            return
        for parameter in function.parameters:
            kind = self._kind(instance, parameter.register.index)
            self._note(instance, function.place, parameter.register.index, parameter.register.name, kind)
        result = self.specialiser.type_of(instance.result)
        self.files[function.place.file.path].note(function.place.line, RESULT, type_text(result))

    def _assignments(self, instance: Instance) -> None:
        for operation in _operations(instance):
            register = operation.result
            if register is not None and _is_own_name(instance.function, register.name):
                kind = self._kind(instance, register.index)
                self._note(instance, operation.place, register.index, register.name, kind)
            elif isinstance(operation, StoreGlobal):
                self._note_global(operation)
            elif register is not None and isinstance(operation, Call | CallValue | CallDevice | LoadElement):
                self._note_unnamed(instance, operation, register)

    def _kind(self, instance: Instance, register: int) -> Type:
        return self.specialiser.type_of(instance.registers[register])

    def _note(self, instance: Instance, place: Location, index: int, name: str, kind: Type) -> None:
        if not kind.tags:
            return
        self.files[place.file.path].note(place.line, name, type_text(kind))
        if is_undecided(kind):
            reasons = Reasons(self.program, self.inference, self.origins, place.file.path)
            register = instance.function.registers[index]
            value = instance.registers[index]
            if is_single(kind.tags):
                reason = reasons.of_elements(value.sites)
            else:
                reason = reasons.of_register(instance, register)
            self._keep(Dynamic(place, name, type_text(kind), reason), instance.function.name)

    def _note_unnamed(self, instance: Instance, operation: Operation, register: Register) -> None:
        """A value that is used where it arises, without a name."""
        kind = self._kind(instance, register.index)
        if not is_undecided(kind) or is_single(kind.tags) or register.index in self._named_later(instance):
            return
        reasons = Reasons(self.program, self.inference, self.origins, operation.place.file.path)
        reason = reasons.of_operation(instance, operation)
        name = "the value" if operation.place.column == 0 else f"the value at column {operation.place.column}"
        self._keep(Dynamic(operation.place, name, type_text(kind), reason), instance.function.name)

    def _named_later(self, instance: Instance) -> frozenset[int]:
        """Temporaries that become names, which are listed themselves."""
        found = self.named.get(instance.function.name)
        if found is None:
            operations = [op for block in instance.function.blocks for op in block.operations]
            moves = [op.source for op in operations if isinstance(op, Copy | StoreGlobal)]
            found = frozenset(source.index for source in moves if isinstance(source, Register))
            self.named[instance.function.name] = found
        return found

    def _note_global(self, operation: StoreGlobal) -> None:
        variable, place = operation.variable, operation.place
        kind = self.specialiser.globals[variable.key].type
        if not kind.tags:
            return
        self.files[place.file.path].note(place.line, variable.name, type_text(kind))
        if is_undecided(kind):
            reasons = Reasons(self.program, self.inference, self.origins, place.file.path)
            value = self.specialiser.facts.globals[variable.key]
            single = is_single(kind.tags)
            reason = reasons.of_elements(value.sites) if single else reasons.of_global(variable.key)
            self._keep(Dynamic(place, variable.name, type_text(kind), reason), "")

    def _keep(self, found: Dynamic, function: str) -> None:
        """One entry for a name of a function and a reason, at the first line that assigns it."""
        key = (function, found.name, found.reason)
        before = self.dynamic.get(key)
        if before is None or found.place.line < before.place.line:
            self.dynamic[key] = found


def _operations(instance: Instance) -> Iterator[Operation]:
    for number in sorted(instance.reachable):
        yield from instance.function.blocks[number].operations


def _is_own_name(function: Function, name: str) -> bool:
    """Whether the user gave a register its name: not a temporary, nor a note that a name was assigned."""
    owner = name.removesuffix("_is_set")
    return bool(name) and (owner == name or all(register.name != owner for register in function.registers))


# ---- showing it ------------------------------------------------------------------------------------------


def show_listing(listing: TypeListing, stream: TextIO) -> None:
    """Coloured on a terminal, elsewhere plain text."""
    if stream.isatty():
        _draw(listing, stream)
    else:
        stream.write(plain_listing(listing))
    stream.flush()


def plain_listing(listing: TypeListing) -> str:
    """The listing as text."""
    lines: list[str] = []
    for listed in listing.files:
        lines.append(printable(listed.source.path))
        shown = [printable(line.expandtabs(TAB_WIDTH)) for line in listed.source.lines]
        width = _source_width(listed, shown)
        digits = len(str(len(shown)))
        for number, text in enumerate(shown, 1):
            beside = listed.beside(number)
            lines.append(f"  {number:{digits}}  {text:{width}}  {beside}".rstrip())
        lines.append("")
    return "\n".join([*lines, *_dynamic_lines(listing)]) + "\n"


def _source_width(listed: ListedFile, shown: list[str]) -> int:
    lengths = [len(text) for number, text in enumerate(shown, 1) if listed.beside(number)]
    return min(max(lengths, default=0), WIDEST_SOURCE)


def _dynamic_lines(listing: TypeListing) -> list[str]:
    if not listing.dynamic:
        return ["nothing stayed dynamic: the kind of every value is known at build time"]
    lines = ["stayed dynamic, its kind known at run time only:"]
    for found in listing.dynamic:
        place = f"{printable(found.place.file.path)}:{found.place.line}"
        reason = f": {found.reason}" if found.reason else ""
        lines.append(f"  {place}: {found.name} is {found.kind}{reason}")
    return lines


def _draw(listing: TypeListing, stream: TextIO) -> None:
    from rich.console import Console
    from rich.syntax import Syntax
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream)
    for listed in listing.files:
        table = Table(title=Text(printable(listed.source.path)), title_justify="left", box=None)
        table.add_column(style="dim", justify="right")
        table.add_column(no_wrap=False)
        table.add_column(style="cyan")
        text = "\n".join(printable(line.expandtabs(TAB_WIDTH)) for line in listed.source.lines)
        coloured = Syntax(text, "python", theme="ansi_dark").highlight(text).split(allow_blank=True)
        dynamic = {one.place.line for one in listing.dynamic if one.place.file == listed.source}
        for number, _ in enumerate(listed.source.lines, 1):
            beside = Text(listed.beside(number), style="bold yellow" if number in dynamic else "")
            table.add_row(str(number), coloured[number - 1], beside)
        console.print(table)
    for line in _dynamic_lines(listing):
        console.print(Text(line, style="" if line.startswith(" ") else "bold"))
