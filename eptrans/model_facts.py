"""The model of the mesh against its sources: for each fact that is known, what the model predicts.

Everything is computed from the chip's file through the network that the machine itself uses;
`python -m eptrans.documentation` prints the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eptrans.chip import DEFAULT_CHIP, packaged_chip
from eptrans.core_spec import machine_options

ANSWERED_AFTER = 7
"""Cycles in which a core that polls sees a word and answers: half a round of its loop (3), a load and its
result (2), a compare (1), a store (1); mesh.startup of eptrans/chips/epiphany3.toml tells why."""

MEASURED_ANSWERS = (14.5, 15.9, 17.2, 14.6, 16.0, 17.6, 19.0, 15.9, 17.3, 19.1, 20.1, 17.5, 19.1, 20.0, 21.7)
"""A word to core 1, 2, ... 15 of a 4x4 chip from core 0 and its answer: half of the time, cycles."""

MUCH = 8192  # bytes, of the copies that were measured
CORE_0, CORE_1 = (0, 0), (0, 1)


@dataclass(frozen=True)
class Fact:
    """One figure that is known, and what the model says. Cycles, where the text says nothing else."""

    what: str
    source: str
    known: float
    predicted: float

    @property
    def difference(self) -> str:
        """Of the prediction, in per cent."""
        return f"{100 * (self.predicted / self.known - 1):+.1f} %"


def facts() -> tuple[Fact, ...]:
    """All facts of the mesh, of the chip of the Parallella."""
    return (*_answers(), *_reads(), *_copies(), *_bandwidths())


def _mesh(**settings: Any) -> Any:
    from eptrans.runtime.network import Network

    return Network(machine_options(**settings))


def _source(field: str) -> str:
    return packaged_chip(DEFAULT_CHIP).numbers[field].source.partition(":")[0]


def _answers() -> Iterator[Fact]:
    mesh = _mesh()
    for core, known in enumerate(MEASURED_ANSWERS, 1):
        predicted = ANSWERED_AFTER + mesh.latency(CORE_0, divmod(core, 4))
        yield Fact(f"write to core {core} and its answer", _source("mesh.startup"), known, predicted)


def _reads() -> Iterator[Fact]:
    mesh = _mesh()
    for hops in range(1, 7):
        place = (max(0, hops - 3), min(hops, 3))
        what = f"read of another core's memory, {hops} hop{'s' if hops > 1 else ''}"
        yield Fact(what, _source("mesh.read_startup"), 18 + 3 * hops, mesh.read(CORE_0, place))


def _copies() -> Iterator[Fact]:
    chip, mesh, source = packaged_chip(DEFAULT_CHIP), _mesh(), _source("mesh.copy_eight_bytes")
    steps = MUCH // 8 - 1
    latency = mesh.latency(CORE_0, CORE_1)
    copied = latency + steps * chip["mesh.copy_eight_bytes"]
    words = MUCH // 4 * mesh.read(CORE_0, CORE_1)
    yield Fact("8 KiB to another core by a copying loop", source, 9299, copied)
    yield Fact("8 KiB to another core by DMA", source, 2404, latency + mesh.transfer(CORE_0, CORE_1, MUCH))
    yield Fact("8 KiB from another core, word by word", source, 40531, words)
    yield Fact("8 KiB from another core by DMA", source, 9749, mesh.read(CORE_0, CORE_1, MUCH))


def _bandwidths() -> Iterator[Fact]:
    """Megabytes a second of a large message."""
    tiled, single = _mesh(chips="1x2"), _mesh()
    hertz, size = packaged_chip(DEFAULT_CHIP).clock_hz, 1 << 20
    across = size / tiled.transfer((0, 3), (0, 4), size) * hertz / 1e6
    host = size / single.transfer((0, 3), (0, 4), size) * hertz / 1e6
    yield Fact("MB/s off the chip, in theory", _source("edge.link_bytes"), 600, across)
    yield Fact("MB/s between chip and host, measured", _source("edge.host_bytes"), 150, host)


def table() -> str:
    """The facts as a Markdown table."""
    lines = ["| fact | known | model | difference | source |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [
        f"| {fact.what} | {fact.known:,g} | {fact.predicted:,.6g} | {fact.difference} | {fact.source} |"
        for fact in facts()
    ]
    return "\n".join(lines) + "\n"
