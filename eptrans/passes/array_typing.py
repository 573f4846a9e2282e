"""Typing arrays: allocation, elements, slices, lengths."""

from __future__ import annotations

from dataclasses import replace

from ..analysis.facts import STORABLE
from ..ir import Length, LoadElement, NewArray, NewList, Slice, StoreElement, TripCount
from ..kinds import kind_text
from ..operands import Constant, Operand
from ..value_types import INT, STRING, Tag, Type, is_single, tags_in
from .operand_typing import A_STRING, AN_ARRAY, AN_INT
from .value_typing import ValueTyper


class ArrayTyper(ValueTyper):
    """The methods for arrays."""

    def _site_kind(self, site: int) -> Tag:
        kind = self.unit.facts.kinds(site)
        if not is_single(kind):
            held = " and ".join(kind_text(tag, plural=True) for tag in tags_in(kind))
            hint = "keep functions and numbers in arrays of their own: [f]*n starts one for functions"
            self.fail(f"an array cannot hold {held} together", hint)
        return kind

    def on_NewList(self, operation: NewList) -> None:
        for element in operation.elements:
            self._check_storable(self.tags(element))
        kind = self._site_kind(operation.site)
        needed = kind_text(kind)
        elements = tuple(self.convert(item, Type(kind), needed) for item in operation.elements)
        count = None if operation.count is None else self.convert(operation.count, INT, AN_INT)
        result = self.result(operation)
        self.emit(replace(operation, result=result, elements=elements, count=count, kind=kind))

    def on_NewArray(self, operation: NewArray) -> None:
        kind = self._site_kind(operation.site)
        dimensions = tuple(self.convert(item, INT, AN_INT) for item in operation.dimensions)
        self.emit(replace(operation, result=self.result(operation), dimensions=dimensions, kind=kind))

    def _array(self, operand: Operand) -> Operand:
        typed = self.typed(operand)
        array_type = replace(typed.type, tags=Tag.ARRAY)
        return self.convert(operand, array_type, AN_ARRAY)

    def _indices(self, array: Operand, operation: LoadElement | StoreElement) -> tuple[Operand, ...]:
        dimensions, indices = array.type.dimensions, operation.indices
        if dimensions and dimensions != len(indices):
            wanted = "m" + "".join(f"[{name}]" for name in "ijklmnop"[:dimensions])
            self.fail(
                f"an array of {dimensions} dimension{'s' if dimensions > 1 else ''} has {len(indices)} "
                f"ind{'ices' if len(indices) > 1 else 'ex'} here",
                f"all indices are needed: {wanted}",
            )
        return tuple(
            self.convert_at(operation.places, i, index, INT, AN_INT) for i, index in enumerate(indices)
        )

    def on_LoadElement(self, operation: LoadElement) -> None:
        tags = self.tags(operation.array)
        result = self.result(operation)
        if not tags & (Tag.ARRAY | Tag.STRING):
            self.fail(f"{AN_ARRAY} is needed here, not {kind_text(tags)}")
        if not tags & Tag.STRING:
            array = self._array(operation.array)
            indices = self._indices(array, operation)
        else:
            if len(operation.indices) > 1:
                self.fail("a string has one index")
            array = self.typed(operation.array)
            if tags & Tag.ARRAY == Tag.NOTHING:
                array = self.convert(array, STRING, A_STRING)
            indices = (self.convert(operation.indices[0], INT, AN_INT),)
        self.emit(replace(operation, result=result, array=array, indices=indices))

    def _check_storable(self, tags: Tag) -> None:
        """Refuse what no array can hold; what only may be something else is checked at run time."""
        if not tags & STORABLE:
            hint = "it holds ints, reals, bools or functions"
            if tags & Tag.ARRAY:
                hint = "for rows of numbers use array(d1, d2)"
            self.fail(f"an array cannot hold {kind_text(tags, plural=True)}", hint)

    def on_StoreElement(self, operation: StoreElement) -> None:
        tags = self.tags(operation.array)
        if not tags & Tag.ARRAY:
            hint = "build a new string" if tags & Tag.STRING else None
            self.fail(f"{AN_ARRAY} is needed here, not {kind_text(tags)}", hint)
        array = self._array(operation.array)
        indices = self._indices(array, operation)
        kinds = array.type.elements
        self._check_storable(self.tags(operation.source))
        source = self.typed(operation.source)
        if is_single(kinds):
            source = self.convert(operation.source, Type(kinds), kind_text(kinds))
        self.emit(replace(operation, array=array, indices=indices, source=source))

    def on_Slice(self, operation: Slice) -> None:
        tags = self.tags(operation.array)
        if not tags & (Tag.ARRAY | Tag.STRING):
            self.fail(f"{AN_ARRAY} or {A_STRING} is needed here, not {kind_text(tags)}")
        bounds = []
        for bound in (operation.start, operation.stop, operation.step):
            absent = bound is None or self.tags(bound) == Tag.NONE
            bounds.append(None if absent or bound is None else self.convert(bound, INT, AN_INT))
        array = self.typed(operation.array)
        if not tags & Tag.STRING:
            array = self._array(operation.array)
        elif not tags & Tag.ARRAY:
            array = self.convert(array, STRING, A_STRING)
        start, stop, step = bounds
        result = self.result(operation)
        self.emit(replace(operation, result=result, array=array, start=start, stop=stop, step=step))

    def on_Length(self, operation: Length) -> None:
        tags = self.tags(operation.operand)
        if not tags & (Tag.ARRAY | Tag.STRING):
            if self.unit.options.python3:
                self.fail(f"{kind_text(tags)} has no length")
            self.finish(operation, Constant(0, INT))
            return
        self.emit(replace(operation, result=self.result(operation), operand=self.typed(operation.operand)))

    def on_TripCount(self, operation: TripCount) -> None:
        start, stop, step = (
            self.convert(item, INT, AN_INT) for item in (operation.start, operation.stop, operation.step)
        )
        self.emit(replace(operation, result=self.result(operation), start=start, stop=stop, step=step))
