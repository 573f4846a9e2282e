"""Columns of numbers packed into little text: what the page's pictures are drawn from.

A column takes the smallest type that holds its values or, where asked, the differences between them. The
bytes of its numbers are laid out plane by plane (all lowest bytes first), since then they take
a sixth less when compressed; all columns together are deflated and written in base64.
`assets/js/columns.js` reads them.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy
from numpy.typing import NDArray

_TYPES = ("u1", "i1", "<u2", "<i2", "<u4", "<i4")


@dataclass
class ColumnPacker:
    """Collects columns; `directory` tells what was packed, in the order of the bytes."""

    directory: list[dict[str, Any]] = field(default_factory=list)
    _planes: list[bytes] = field(default_factory=list)

    def add(self, name: str, values: NDArray[Any], *, differences: bool = False) -> None:
        """Add integers; with `differences` each as what it adds to the one before, for values that grow."""
        numbers = numpy.asarray(values, dtype=numpy.int64)
        if differences:
            numbers = numpy.diff(numbers, prepend=numpy.int64(0))
        typed = numbers.astype(_smallest_type(numbers))
        size = typed.dtype.itemsize
        planes = typed.view(numpy.uint8).reshape(-1, size).T
        self._planes.append(planes.tobytes())
        self.directory.append(
            {"name": name, "type": typed.dtype.name, "length": len(typed), "differences": differences}
        )

    def add_table(self, name: str, table: NDArray[Any]) -> None:
        """Add each field of a structured array as `name.field`."""
        for column in table.dtype.names or ():
            self.add(f"{name}.{column}", table[column])

    def text(self) -> str:
        """All columns in base64."""
        return base64.b64encode(zlib.compress(b"".join(self._planes), 9)).decode("ascii")


def _smallest_type(numbers: NDArray[numpy.int64]) -> numpy.dtype[Any]:
    """The smallest type that holds all of them; else doubles, exact up to 2 to the power of 53."""
    if not len(numbers):
        return numpy.dtype("uint8")
    lowest, highest = int(numbers.min()), int(numbers.max())
    for code in _TYPES:
        limits = numpy.iinfo(code)
        if limits.min <= lowest and highest <= limits.max:
            return numpy.dtype(code)
    return numpy.dtype("<f8")
