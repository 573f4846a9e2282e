"""Where the kinds of each name come from, for a reader who wonders why one stayed dynamic.

Type inference keeps only what it needs: the join. This goes once more over every instance that the program
reaches and notes which operation brought which kinds: assignments, calls, what is sent and what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..devices import BY_NAME, Gives
from ..diagnostics import Location
from ..ir import (
    Binary,
    Call,
    CallDevice,
    CallValue,
    Copy,
    LoadElement,
    LoadGlobal,
    NewArray,
    NewList,
    Operation,
    Program,
    Return,
    Slice,
    StoreElement,
    StoreGlobal,
)
from ..operands import FunctionReference, Register
from ..value_types import TAG_NAMES, Tag, is_single, tags_in
from .facts import INSTANCES_A_FUNCTION, JOINED, VALUE_ENTRY, Instance, InstanceKey
from .inference import Inference
from .values import Value

GlobalKey = tuple[str, str]


@dataclass(frozen=True)
class Origin:
    """A place that brings some kinds."""

    place: Location
    value: Value


@dataclass
class Origins:
    """All that was noted, by what it is about."""

    definitions: dict[tuple[InstanceKey, int], list[tuple[Operation, Value]]] = field(default_factory=dict)
    stores: dict[GlobalKey, list[Origin]] = field(default_factory=dict)
    elements: dict[int, list[Origin]] = field(default_factory=dict)
    """What is stored in the arrays of a place of allocation."""
    sites: dict[int, Location] = field(default_factory=dict)
    calls: dict[InstanceKey, list[tuple[Location, list[Value]]]] = field(default_factory=dict)
    returns: dict[InstanceKey, list[Origin]] = field(default_factory=dict)
    channels: dict[str, list[Origin]] = field(default_factory=dict)
    """What is sent, broadcast, reduced and given back by tasks: the names of the facts."""


CHANNELS: dict[str, str] = {
    "parallel.send": "sent",
    "parallel.sendrecv": "sent",
    "parallel.nonblocking_send": "sent",
    "parallel.bcast": "broadcast",
    "parallel.reduce": "reduced",
}
ARRIVALS: dict[Gives, tuple[str, str]] = {
    Gives.RECEIVED: ("sent", "the program sends"),
    Gives.BROADCAST: ("broadcast", "the program broadcasts"),
    Gives.REDUCED: ("reduced", "the program reduces"),
    Gives.FARM_RESULT: ("farm_result", "tasks give"),
}


class Collector:
    """Notes the origins of one program whose inference has come to its end."""

    def __init__(self, inference: Inference, reached: Iterable[Instance]) -> None:
        self.inference = inference
        self.origins = Origins()
        for instance in reached:
            inference.instance = instance
            for number in sorted(instance.reachable):
                for operation in instance.function.blocks[number].operations:
                    self._note(operation)

    def _note(self, operation: Operation) -> None:
        if any(not self.inference.value(operand).tags for operand in operation.operands()):
            return  # never run
        if operation.result is not None:
            value = self.inference.result(operation) or Value()
            key = self.inference.instance.key, operation.result.index
            self.origins.definitions.setdefault(key, []).append((operation, value))
        for note in NOTES.get(type(operation), ()):
            note(self, operation)

    def _note_site(self, operation: NewList | NewArray | Slice | CallDevice) -> None:
        self.origins.sites[operation.site] = operation.place

    def _note_store_global(self, operation: StoreGlobal) -> None:
        origin = Origin(operation.place, self.inference.value(operation.source))
        self.origins.stores.setdefault(operation.variable.key, []).append(origin)

    def _note_return(self, operation: Return) -> None:
        origin = Origin(operation.place, self.inference.value(operation.value))
        self.origins.returns.setdefault(self.inference.instance.key, []).append(origin)

    def _note_store_element(self, operation: StoreElement) -> None:
        value = self.inference.value(operation.source)
        for site in self.inference.value(operation.array).sites:
            self._note_element(site, operation.place, value)

    def _note_new_list(self, operation: NewList) -> None:
        for element in operation.elements:
            self._note_element(operation.site, operation.place, self.inference.value(element))

    def _note_element(self, site: int, place: Location, value: Value) -> None:
        self.origins.elements.setdefault(site, []).append(Origin(place, value))

    def _note_call(self, operation: Call) -> None:
        arguments = [self.inference.value(argument) for argument in operation.arguments]
        function = self.inference.program.functions[operation.function]
        called = self.inference.facts.instance_for(function, arguments)
        self.origins.calls.setdefault(called.key, []).append((operation.place, arguments))

    def _note_call_value(self, operation: CallValue) -> None:
        arguments = [self.inference.value(argument) for argument in operation.arguments]
        self._note_value_call(operation.place, self.inference.value(operation.callee), arguments)

    def _note_device(self, operation: CallDevice) -> None:
        values = [self.inference.value(argument) for argument in operation.arguments]
        channel = CHANNELS.get(operation.function)
        if channel is not None:
            value = values[0]
            if len(values) == 3 and channel == "sent":  # elements, which may be received one by one
                value = self.inference.facts.element(value.sites)
            self.origins.channels.setdefault(channel, []).append(Origin(operation.place, value))
        if operation.function == "taskfarm.execFunction":
            self._note_value_call(operation.place, values[1], values[2:])
            result = self.inference.call_through_value(values[1], values[2:])
            self.origins.channels.setdefault("farm_result", []).append(Origin(operation.place, result))

    def _note_value_call(self, place: Location, callee: Value, arguments: list[Value]) -> None:
        for name in sorted(callee.functions):
            self.origins.calls.setdefault((name, VALUE_ENTRY), []).append((place, arguments))


NOTES: dict[type[Operation], tuple[Callable[[Collector, Any], None], ...]] = {
    StoreGlobal: (Collector._note_store_global,),
    Return: (Collector._note_return,),
    StoreElement: (Collector._note_store_element,),
    NewList: (Collector._note_site, Collector._note_new_list),
    NewArray: (Collector._note_site,),
    Slice: (Collector._note_site,),
    Call: (Collector._note_call,),
    CallValue: (Collector._note_call_value,),
    CallDevice: (Collector._note_site, Collector._note_device),
}
"""What is noted of an operation besides the value of its result."""


# ---- reasons ---------------------------------------------------------------------------------------------


def kinds_text(tags: Tag) -> str:
    """ "int", "int or none" """
    kinds = sorted(tags_in(tags), key=lambda tag: tag == Tag.NONE)
    return " or ".join(TAG_NAMES[tag] for tag in kinds) or "nothing"


class Reasons:
    """Says why something holds several kinds; `path` is the file that "line 3" may stand alone for."""

    def __init__(self, program: Program, inference: Inference, origins: Origins, path: str) -> None:
        self.program = program
        self.inference = inference
        self.origins = origins
        self.path = path

    def of_register(self, instance: Instance, register: Register) -> str:
        """Why a name of a function is dynamic there."""
        reasons = []
        position = next(
            (i for i, p in enumerate(instance.function.parameters) if p.register == register), None
        )
        if position is not None:
            reasons.append(self._of_parameter(instance, position))
        found = self._assigned(instance, register, set())
        if len({origin.value.tags for origin, _ in found}) > 1:
            reasons.append(f"joined from {self._listed([origin for origin, _ in found])}")
        reasons += [reason for _, reason in found if reason]
        return "; ".join(dict.fromkeys(reason for reason in reasons if reason))

    def of_global(self, key: GlobalKey) -> str:
        """Why a variable of a module is dynamic."""
        found = self.origins.stores.get(key, [])
        return f"joined from {self._listed(found)}"

    def of_elements(self, sites: frozenset[int]) -> str:
        """Why the elements of an array are."""
        kinds = {site: self.inference.facts.kinds(site) for site in sorted(sites)}
        if len(set(kinds.values())) > 1:
            origins = [Origin(self.origins.sites[site], Value(tags)) for site, tags in kinds.items()
                       if site in self.origins.sites]  # fmt: skip
            return f"it may be an array with elements {self._listed(origins)}"
        stored = [origin for site in sorted(sites) for origin in self.origins.elements.get(site, [])]
        return f"elements are stored as {self._listed(stored)}" if stored else "its elements arrive so"

    def _of_parameter(self, instance: Instance, position: int) -> str:
        calls = self.origins.calls.get(instance.key, [])
        given = [Origin(place, values[position]) for place, values in calls if position < len(values)]
        missing = [Origin(place, Value(Tag.NONE)) for place, values in calls if position >= len(values)]
        if instance.function.parameters[position].default is not None:
            missing = []
        how = ""
        if instance.key[1] == JOINED:
            how = f"more than {INSTANCES_A_FUNCTION} variants, so that all further calls share one, "
        elif instance.key[1] == VALUE_ENTRY:
            how = "called through its value, "
        return f"{how}given {self._listed([*given, *missing])}" if given or missing else ""

    def _assigned(self, instance: Instance, register: Register, seen: set[int]) -> list[tuple[Origin, str]]:
        """The assignments of a register, those of temporaries that it was copied from instead of the copy."""
        if register.index in seen:
            return []
        seen.add(register.index)
        found: list[tuple[Origin, str]] = []
        for operation, value in self.origins.definitions.get((instance.key, register.index), []):
            copied = operation.source if isinstance(operation, Copy) else None
            if isinstance(copied, Register) and copied.is_temporary:
                found += self._assigned(instance, copied, seen)
                continue
            reason = "" if is_single(value.tags) else self.of_operation(instance, operation)
            found.append((Origin(operation.place, value), reason))
        return found

    def of_operation(self, instance: Instance, operation: Operation) -> str:
        """Why one operation gives several kinds."""
        reason = REASONS.get(type(operation))
        if reason is not None:
            return reason(self, instance, operation)
        return self._computed(operation)

    def _computed(self, operation: Operation) -> str:
        names = [register.name for register in operation.registers_read() if register.name]
        return f"computed from {' and '.join(names)}" if names else "computed from such a value"

    def _of_copy(self, instance: Instance, operation: Copy) -> str:
        source = operation.source
        return f"copied from {source.name}" if isinstance(source, Register) else self._computed(operation)

    def _of_binary(self, instance: Instance, operation: Binary) -> str:
        if any(not is_single(self._value(instance, operand).tags) for operand in operation.operands()):
            return self._computed(operation)
        return f"'{operation.operator.value}' gives int or real by its operands' values"

    def _of_load_global(self, instance: Instance, operation: LoadGlobal) -> str:
        return f"the module's {operation.variable.name} is {self.of_global(operation.variable.key)}"

    def _of_load_element(self, instance: Instance, operation: LoadElement) -> str:
        return self.of_elements(self._value(instance, operation.array).sites)

    def _of_call(self, instance: Instance, operation: Call) -> str:
        arguments = [self._value(instance, argument) for argument in operation.arguments]
        function = self.program.functions[operation.function]
        called = self.inference.facts.instance_for(function, arguments)
        return f"{function.source_name} returns {self._listed(self.origins.returns.get(called.key, []))}"

    def _of_call_value(self, instance: Instance, operation: CallValue) -> str:
        parts = []
        for name in sorted(self._value(instance, operation.callee).functions):
            returned = self.origins.returns.get((name, VALUE_ENTRY), [])
            if returned:
                parts.append(f"{self.program.functions[name].source_name} returns {self._listed(returned)}")
        return ", ".join(parts)

    def _value(self, instance: Instance, operand: Register | object) -> Value:
        self.inference.instance = instance
        if isinstance(operand, Register):
            return instance.registers[operand.index]
        if isinstance(operand, FunctionReference):
            return Value(Tag.FUNCTION, frozenset((operand.name,)))
        return self.inference.value(operand)  # type: ignore[arg-type]

    def _of_device(self, instance: Instance, operation: CallDevice) -> str:
        module, _, name = operation.function.rpartition(".")
        gives = BY_NAME[module, name].forms[operation.form].gives
        if gives is Gives.READ:
            return "input gives an int, a real or a string by what is typed"
        arrival = ARRIVALS.get(gives)
        if arrival is None:
            return f"{name} gives what its array holds"
        channel, verb = arrival
        listed = self._listed(self.origins.channels.get(channel, []))
        none = ", and none where there is no result" if gives is Gives.FARM_RESULT else ""
        return f"{name}: {verb} {listed}{none}"

    def _listed(self, origins: list[Origin]) -> str:
        """ "int at line 3 and string at lines 5, 7" """
        by_kind: dict[Tag, dict[Location, None]] = {}
        for origin in origins:
            by_kind.setdefault(origin.value.tags, {})[origin.place] = None
        parts = [f"{kinds_text(tags)} at {self._where(list(places))}" for tags, places in by_kind.items()]
        return " and ".join(parts) or "nothing"

    def _where(self, places: list[Location]) -> str:
        """ "lines 3, 7", "helper.py:4"; only the first of many."""
        here = [str(place.line) for place in places if place.file.path == self.path]
        shown = list(dict.fromkeys(here))[:PLACES_SHOWN]
        parts = [f"line{'s' if len(shown) > 1 else ''} {', '.join(shown)}"] if shown else []
        elsewhere = [f"{place.file.path}:{place.line}" for place in places if place.file.path != self.path]
        parts += list(dict.fromkeys(elsewhere))[:PLACES_SHOWN]
        left = len(set(here)) + len(set(elsewhere)) - len(shown) - min(len(set(elsewhere)), PLACES_SHOWN)
        return ", ".join(parts) + (f" and {left} more" if left else "")


REASONS: dict[type[Operation], Callable[[Reasons, Instance, Any], str]] = {
    Copy: Reasons._of_copy,
    Binary: Reasons._of_binary,
    LoadGlobal: Reasons._of_load_global,
    LoadElement: Reasons._of_load_element,
    Call: Reasons._of_call,
    CallValue: Reasons._of_call_value,
    CallDevice: Reasons._of_device,
}
PLACES_SHOWN = 4
