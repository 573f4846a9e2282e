"""What inference has found out about the whole program so far.

Facts only grow within one round. Whoever reads a fact while an instance is examined is noted as its
reader, and examined again when the fact has grown.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from ..ir import Function
from ..value_types import NUMBERS, Tag
from .values import NO_FUNCTIONS, NOTHING, Value, joined_kind

InstanceKey = tuple[str, Hashable]

INSTANCES_A_FUNCTION = 8
STORABLE = NUMBERS | Tag.FUNCTION
VALUE_ENTRY = "value"  # the instance that the code table calls
JOINED = "joined"  # the instance for all further combinations of types


@dataclass(eq=False)
class Instance:
    """A function together with the types of its parameters."""

    key: InstanceKey
    function: Function
    parameters: list[Value]
    result: Value = NOTHING
    registers: list[Value] = field(default_factory=list)
    reachable: set[int] = field(default_factory=set)
    known: dict[int, bool | int] = field(default_factory=dict)


@dataclass
class Site:
    """A place where arrays are allocated or arrive.

    `stored`: kinds seen stored; `perhaps`: kinds of numbers in stored values that may also be functions,
    which count only if the array holds numbers; `frozen`: what the round before settled on.
    `sources`: for an arrival, the places that what arrives was allocated at.
    """

    stored: Tag = Tag.NOTHING
    perhaps: Tag = Tag.NOTHING
    functions: frozenset[str] = NO_FUNCTIONS
    arrives: bool = False
    sources: frozenset[int] = frozenset()
    dimensions: int | None = None  # 0: differs
    frozen: Tag = Tag.NOTHING

    @property
    def held(self) -> Tag:
        """The kinds that its arrays are seen to hold."""
        return self.stored if self.stored == Tag.FUNCTION else self.stored | self.perhaps


class Facts:
    """All facts of one round of inference."""

    def __init__(self, site_count: int, frozen: list[Tag] | None) -> None:
        self.sites = [Site() for _ in range(site_count)]
        if frozen is not None:
            for site, kinds in zip(self.sites, frozen):
                site.frozen = kinds
        self.globals: dict[tuple[str, str], Value] = {}
        self.sent = NOTHING
        self.sent_elements = NOTHING
        self.broadcast = NOTHING
        self.exposed = NOTHING
        self.reduced = NOTHING
        self.farm_result = NOTHING
        self.instances: dict[InstanceKey, Instance] = {}
        self.instances_of: dict[str, int] = {}
        self.readers: dict[Hashable, set[InstanceKey]] = {}
        self.pending: dict[InstanceKey, None] = {}  # in order of arrival
        self.current: InstanceKey | None = None

    # -- who has to look again

    def note_reader(self, fact: Hashable) -> None:
        if self.current is not None:
            self.readers.setdefault(fact, set()).add(self.current)

    def grown(self, fact: Hashable) -> None:
        for reader in self.readers.get(fact, ()):
            self.pending[reader] = None

    # -- values that the whole program shares

    def read(self, name: str) -> Value:
        """One of the program's channels of values: sent, broadcast, ..."""
        self.note_reader(name)
        value: Value = getattr(self, name)
        return value

    def add(self, name: str, value: Value) -> None:
        before: Value = getattr(self, name)
        after = before | value
        if after != before:
            setattr(self, name, after)
            self.grown(name)

    def read_global(self, key: tuple[str, str]) -> Value:
        self.note_reader(key)
        return self.globals.get(key, NOTHING)

    def store_global(self, key: tuple[str, str], value: Value) -> None:
        before = self.globals.get(key, NOTHING)
        after = before | value
        if after != before:
            self.globals[key] = after
            self.grown(key)

    # -- arrays

    def store_in_sites(self, sites: frozenset[int], value: Value) -> None:
        """A value is stored as an element of arrays from these places."""
        for number in sites:
            site = self.sites[number]
            before = site.stored, site.perhaps, site.functions
            kinds = value.tags & STORABLE
            if kinds & Tag.FUNCTION and kinds & NUMBERS:
                site.perhaps |= kinds & NUMBERS
            else:
                site.stored |= kinds
            site.functions |= value.functions
            if before != (site.stored, site.perhaps, site.functions):
                self.grown(("site", number))

    def set_dimensions(self, number: int, dimensions: int) -> None:
        site = self.sites[number]
        if site.dimensions is None:
            site.dimensions = dimensions
            self.grown(("site", number))
        elif site.dimensions not in (0, dimensions):
            site.dimensions = 0
            self.grown(("site", number))

    def arrive(self, number: int, sources: frozenset[int]) -> None:
        """Arrays from these places are copied to this one."""
        site = self.sites[number]
        site.arrives = True
        if not sources <= site.sources:
            site.sources |= sources
            self.grown(("site", number))

    def kinds(self, number: int, seen: frozenset[int] = frozenset()) -> Tag:
        """The kinds that an array from this place may have at run time; none: not known yet."""
        self.note_reader(("site", number))
        site = self.sites[number]
        if not site.arrives:
            return joined_kind(site.held | site.frozen)
        kinds = site.held
        for source in site.sources:
            if source not in seen and source != number:
                kinds |= self.kinds(source, seen | {number})
        if kinds & Tag.REAL and site.held:  # storing a real converts in place
            kinds |= joined_kind(kinds)
        return kinds

    def fill_unknown(self) -> bool:
        """Let arrays that arrive hold ints where nothing else was found; whether there were any such.

        Only when all else is known: an int read before would stay in the type of an element for good.
        """
        unknown = [
            number for number, site in enumerate(self.sites) if site.arrives and not self.kinds(number)
        ]
        for number in unknown:
            self.sites[number].stored = Tag.INT
            self.grown(("site", number))
        return bool(unknown)

    def element(self, sites: frozenset[int]) -> Value:
        """What an element of an array from these places may be."""
        tags, functions = Tag.NOTHING, NO_FUNCTIONS
        for number in sites:
            tags |= self.kinds(number)
            functions |= self.functions_in(number)
        return Value(tags, functions)

    def functions_in(self, number: int, seen: frozenset[int] = frozenset()) -> frozenset[str]:
        site = self.sites[number]
        functions = site.functions
        for source in site.sources:
            if source not in seen and source != number:
                functions |= self.functions_in(source, seen | {number})
        return functions

    def dimensions(self, sites: frozenset[int]) -> int:
        """How many dimensions arrays from these places have; 0: it differs."""
        found: set[int] = set()
        for number in self._origins(sites):
            self.note_reader(("site", number))
            if self.sites[number].dimensions is not None:
                found.add(self.sites[number].dimensions or 0)
        return found.pop() if len(found) == 1 else 0

    def _origins(self, sites: frozenset[int]) -> set[int]:
        """The places themselves and all that what they hold has come from."""
        found: set[int] = set()
        pending = list(sites)
        while pending:
            number = pending.pop()
            if number not in found:
                found.add(number)
                pending.extend(self.sites[number].sources)
        return found

    # -- instances

    def shape_of(self, value: Value) -> Hashable:
        """What of an argument tells instances apart."""
        elements = self.element(value.sites).tags if value.sites else Tag.NOTHING
        return value.tags, value.functions, elements

    def instance_for(self, function: Function, arguments: list[Value], entry: str | None = None) -> Instance:
        """The instance that a call with these arguments goes to; its parameters grow to hold them."""
        shape: Hashable = entry or tuple(self.shape_of(argument) for argument in arguments)
        key = (function.name, shape)
        if key not in self.instances and entry is None:
            count = self.instances_of.get(function.name, 0)
            if count >= INSTANCES_A_FUNCTION:
                key = (function.name, JOINED)
            else:
                self.instances_of[function.name] = count + 1
        found = self.instances.get(key)
        if found is None:
            registers = [NOTHING] * len(function.registers)
            found = Instance(key, function, [NOTHING] * len(function.parameters), registers=registers)
            self.instances[key] = found
            self.pending[key] = None
        for position, argument in enumerate(arguments):
            after = found.parameters[position] | argument
            if after != found.parameters[position]:
                found.parameters[position] = after
                self.pending[key] = None
        return found

    def read_result(self, instance: Instance) -> Value:
        self.note_reader(("result", instance.key))
        return instance.result

    def add_result(self, instance: Instance, value: Value) -> None:
        after = instance.result | value
        if after != instance.result:
            instance.result = after
            self.grown(("result", instance.key))
