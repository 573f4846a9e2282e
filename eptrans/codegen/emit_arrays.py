"""Arrays to C: allocation, elements, slices, lengths."""

from __future__ import annotations

from ..ir import (
    CallDevice,
    Length,
    LoadElement,
    NewArray,
    NewList,
    Operation,
    Slice,
    StoreElement,
    TripCount,
    Truth,
)
from ..operands import Constant, Operand, Register
from ..value_types import Tag, is_single
from .emit_arithmetic import ArithmeticEmitter
from .expressions import KIND_NAMES, SUFFIXES, Expression, c_type, unboxed

NOTHING_USED = frozenset({"concurrency.expose", "array.freearray", "memory.free"})
HEADER_USED = frozenset({"array.ndim", "array.shape", "array.nbytes", "array.flatten"})
ALL_ELEMENTS = "EP_ALL_ELEMENTS"
LONG_LIST = 16  # elements from which on a list of constants is copied as a whole


class ArrayEmitter(ArithmeticEmitter):
    """Adds what is done with arrays."""

    def write_NewList(self, operation: NewList) -> None:
        assert operation.result is not None
        elements = [self.operand(element) for element in operation.elements]
        count = None if operation.count is None else self.operand(operation.count)
        self.settle(operation, loads=True)
        length = str(len(elements))
        if count is not None:
            length = count.text if len(elements) == 1 else f"{len(elements)} * (int64_t){count.inner}"
        kind = KIND_NAMES[operation.kind]
        self.flush_cycles(operation)
        name = self.name(operation.result)
        self.statement(operation, f"{name} = ep_new_list({self.here(operation)}, {kind}, {length});")
        real = operation.kind == Tag.REAL
        accessor = "EP_REALS" if real else "EP_INTS"
        if count is not None and len(elements) == 1:
            if not _is_zero(operation.elements[0]):
                self.statement(operation, f"ep_fill_{'real' if real else 'int'}({name}, {elements[0].text});")
            return
        if count is None and len(elements) >= LONG_LIST and all_constant(operation):
            kind_c = "ep_real" if real else "ep_int"
            content = ", ".join(element.text for element in elements)
            constant = f"listed_{self.unit.fresh()}"
            self.statement(operation, f"static const {kind_c} {constant}[] = {{{content}}};")
            self.statement(operation, f"memcpy({name}->data, {constant}, sizeof {constant});")
            return
        guard = f"if ({name}->length > 0) " if count is not None and elements else ""
        stores = [f"{accessor}({name})[{i}] = {element.text};" for i, element in enumerate(elements)]
        if guard:
            self.statement(operation, guard + "{")
        for store in stores:
            self.layout.write(store, depth=1 if guard else 0)
        if guard:
            self.layout.write(f"ep_repeat({name}, {len(elements)});", depth=1)
            self.layout.write("}")

    def write_NewArray(self, operation: NewArray) -> None:
        assert operation.result is not None
        sizes = [self.operand(dimension).text for dimension in operation.dimensions]
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        shape = f"(const int64_t[]){{{', '.join(sizes)}}}"
        flags = "EP_SHARED" if operation.shared else "0"
        arguments = f"{self.here(operation)}, {KIND_NAMES[operation.kind]}, {len(sizes)}, {shape}, {flags}"
        self.statement(operation, f"{self.name(operation.result)} = ep_new_array({arguments});")

    def _slot(
        self,
        operation: LoadElement | StoreElement,
        array: Expression,
        indices: list[Expression],
        writing: bool,
    ) -> str:
        here = self.here(operation)
        if len(indices) > 1:
            listed = f"(const ep_int[]){{{', '.join(index.text for index in indices)}}}"
            return f"ep_slot_of({here}, {array.text}, {len(indices)}, {listed}, {int(writing)})"
        if writing:
            return f"ep_slot_to_write({here}, {array.text}, {indices[0].text})"
        single = "ep_slot" if operation.array.type.dimensions == 1 else "ep_slot_single"
        return f"{single}({here}, {array.text}, {indices[0].text})"

    def write_LoadElement(self, operation: LoadElement) -> None:
        kind = operation.array.type
        assert operation.result is not None
        if kind.tags & Tag.STRING:
            self._write_character(operation)
            return
        fast = self.fast_element(operation)
        if fast is not None:
            text = f"(int32_t){fast}" if kind.elements == Tag.FUNCTION else fast
            left = self.may_be_left(operation)
            self.define(operation, Expression(text, loads=True, ordered=left))
            return
        self.enter_access(operation)
        array = self._element_array(operation, 0)
        indices = [self.operand(index) for index in operation.indices]
        slot = self._slot(operation, array, indices, writing=False)
        if is_single(kind.elements):
            accessor = "EP_REALS" if kind.elements == Tag.REAL else "EP_INTS"
            text = f"{self.elements(operation, array.text, accessor)}[{slot}]"
            if kind.elements == Tag.FUNCTION:
                text = f"(int32_t){text}"
        else:
            text = unboxed(f"ep_load_any({array.text}, {slot})", operation.result.type)
        self.define(operation, self.combine([array, *indices], text, ordered=True, loads=True))

    def _element_array(self, operation: LoadElement | StoreElement, use: int) -> Expression:
        """The array of an access; one that may be exposed is used in its turn."""
        if operation.array.type.exposed:
            self.enter(operation)
        array = self._named(operation, operation.array)
        if operation.array.type.exposed:
            self.statement(operation, f"ep_order(core, {array.text}, 1, {use});")
        return array

    def order_operands(self, operation: Operation) -> None:
        """Before something that looks at whole arrays: those that may be exposed are used in their turn."""
        operands = [o for o in operation.operands() if isinstance(o, Register) and o.type.exposed]
        if not operands:
            return
        self.enter(operation)
        for operand in operands:
            expression = self.operand(operand)
            if expression.text != self.name(operand):
                self.spill(operation, operand.index, expression)
            name = self.name(operand)
            if operand.type.is_dynamic:
                self.statement(operation, f"ep_order_value(core, {name}, 0);")
                continue
            for elements, use in _uses(operation, operand):
                self.statement(operation, f"ep_order(core, {name}, {elements}, {use});")

    def pay_for_slice(self, operation: Slice) -> None:
        """A slice of an array that lies on another core is read over the mesh: as much as it has."""
        if operation.array.type.exposed and not operation.array.type.is_dynamic:
            assert operation.result is not None
            source, copy = self.name(operation.array), self.name(operation.result)  # type: ignore[arg-type]
            self.enter(operation)
            self.statement(operation, f"ep_order(core, {source}, {copy}->length, 2);")

    def _named(self, operation: Operation, operand: Operand) -> Expression:
        """An operand that the text will name more than once."""
        expression = self.operand(operand)
        if not (expression.text.isidentifier() or expression.text.startswith("globals->")):
            assert isinstance(operand, Register)
            self.settle(operation)
            self.spill(operation, operand.index, expression)
            return Expression(self.name(operand), reads=frozenset((operand.index,)))
        return expression

    def _write_character(self, operation: LoadElement) -> None:
        value, index = self.box(operation.array), self.operand(operation.indices[0])
        assert operation.result is not None
        self.settle(operation, loads=True)
        text = unboxed(
            f"ep_element_any({self.here(operation)}, {value.text}, {index.text})", operation.result.type
        )
        self.flush_cycles(operation)
        self.statement(operation, f"{self.name(operation.result)} = {text};")

    def write_StoreElement(self, operation: StoreElement) -> None:
        kind = operation.array.type
        fast = self.fast_element(operation)
        if fast is not None:
            source = self.operand(operation.source)
            self.settle(operation, loads=True)
            self.statement(operation, f"{fast} = {source.text};")
            return
        self.enter_access(operation)
        array = self._element_array(operation, 1)
        indices = [self.operand(index) for index in operation.indices]
        single = is_single(kind.elements)
        source = self.operand(operation.source) if single else self.box(operation.source)
        if source.ordered or any(index.ordered for index in indices):
            source, indices = self._fix_order(operation, source, indices)
        self.settle(operation, loads=True)
        slot = self._slot(operation, array, indices, writing=True)
        if is_single(kind.elements):
            accessor = "EP_REALS" if kind.elements == Tag.REAL else "EP_INTS"
            number = f"slot_{self.unit.fresh()}"
            self.statement(operation, f"const int64_t {number} = {slot};")
            self.statement(operation, f"{accessor}({array.text})[{number}] = {source.text};")
        else:
            self.statement(
                operation, f"ep_store_any({self.here(operation)}, {array.text}, {slot}, {source.text});"
            )

    def _fix_order(
        self, operation: StoreElement, source: Expression, indices: list[Expression]
    ) -> tuple[Expression, list[Expression]]:
        """The value before the check of the index, as C would not promise."""
        if source.ordered:
            number = self.unit.fresh()
            kind = operation.source.type if is_single(operation.array.type.elements) else None
            held = "ep_value" if kind is None else c_type(kind)
            self.statement(operation, f"const {held} stored_{number} = {source.text};")
            return Expression(f"stored_{number}"), indices
        return source, indices

    def write_Slice(self, operation: Slice) -> None:
        assert operation.result is not None
        kind = operation.array.type
        array = self.operand(operation.array)
        bounds = [operation.start, operation.stop, operation.step]
        present = sum(1 << i for i, bound in enumerate(bounds) if bound is not None)
        texts = ["0" if bound is None else self.operand(bound).text for bound in bounds]
        suffix = "any" if kind.is_dynamic else SUFFIXES[kind.tags]
        self.settle(operation, loads=True)
        self.flush_cycles(operation)
        arguments = f"{self.here(operation)}, {array.text}, {present}, {', '.join(texts)}"
        text = f"ep_slice_{suffix}({arguments})"
        if kind.is_dynamic:
            text = unboxed(text, operation.result.type)
        self.statement(operation, f"{self.name(operation.result)} = {text};")
        self.pay_for_slice(operation)

    def write_Length(self, operation: Length) -> None:
        kind = operation.operand.type
        value = self.operand(operation.operand)
        if kind.tags == Tag.STRING:
            text = f"(ep_int){value.inner}->characters"
            self.define(operation, self.combine([value], text, compound=True, loads=True))
            return
        text = self.length_text(operation, value.text)
        self.define(operation, self.combine([value], text, ordered=True, loads=True))

    def write_TripCount(self, operation: TripCount) -> None:
        parts = [self.operand(item) for item in (operation.start, operation.stop, operation.step)]
        text = self.trip_count_text(operation, ", ".join(part.text for part in parts))
        self.define(operation, self.combine(parts, text, ordered=True))


def _uses(operation: Operation, operand: Operand) -> list[tuple[str, int]]:
    """How an operation uses an array: the C text of how many elements; whether it reads (0) or writes (1).

    How many a whole array has is left to the runtime: another core may be about to make it longer.

    A slice pays for what it has when that is known; free and expose touch no element.
    """
    name = operation.function if isinstance(operation, CallDevice) else ""
    if isinstance(operation, Slice) or name in NOTHING_USED:
        return [("0", 0)]
    if isinstance(operation, (Length, Truth)) or name in HEADER_USED:
        return [("1", 0)]
    if name == "array.arraycopy" and operand == operation.operands()[0]:
        return [(ALL_ELEMENTS, 1)]
    return [(ALL_ELEMENTS, 0), (ALL_ELEMENTS, 1)] if name == "util.oddSort" else [(ALL_ELEMENTS, 0)]


def all_constant(operation: NewList) -> bool:
    """Whether a list's elements are all written out as numbers."""
    return all(isinstance(element, Constant) for element in operation.elements)


def _is_zero(operand: Operand) -> bool:
    if not isinstance(operand, Constant) or not isinstance(operand.value, (bool, int, float)):
        return False
    return repr(operand.value) in ("0", "0.0", "False")
