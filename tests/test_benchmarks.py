"""The benchmarks measure what they say: kernels compute what their C computes, programs count right.

How fast anything is plays no part here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from rich.console import Console

import eptrans

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import (
    c_kernels,
    epython_peer,
    kernels,
    memory,
    messages,
    peers,
    process_peers,
    programs,
    python_kernel,
    report,
    startup,
)
from benchmarks.cases import Beside, Group, Peer, Row, Unit, row_beside
from benchmarks.servers import PeerError
from benchmarks.timing import Effort, Repeated, Spread, compared

REPEATS = 3
Capture = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("own_benchmark_cache")


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_a_kernel_computes_what_its_c_computes(name: str) -> None:
    ours, seconds = programs.run(f"kernels/{name}.py", REPEATS)
    by_c, c_seconds = c_kernels.run(name, REPEATS)
    if name in kernels.RANDOM_KERNELS:
        assert float(ours) == pytest.approx(float(by_c), rel=0.02)
    else:
        assert ours == by_c
    assert seconds > 0
    assert c_seconds > 0


def test_every_kernel_has_its_c() -> None:
    folder = programs.HERE / "kernels"
    assert {path.stem for path in folder.glob("*.py")} == set(kernels.KERNELS)
    assert {path.stem for path in folder.glob("*.c")} == set(kernels.KERNELS)


NUMBA = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")


@pytest.mark.parametrize(("name", "numba"), [
    ("matrix", False), ("sieve", False), ("nbody", False),
    pytest.param("jacobi", True, marks=NUMBA), pytest.param("mergesort", True, marks=NUMBA),
])  # fmt: skip
def test_a_kernel_of_64_bits_computes_what_cpython_and_numba_compute(name: str, numba: bool) -> None:
    checksum, seconds = python_kernel.kernel(name, numba=numba)([str(REPEATS)])
    ours, _ = programs.run(f"kernels/{name}.py", REPEATS, word=64)
    assert float(ours) == pytest.approx(float(checksum), abs=1e-6)
    assert seconds > 0


@pytest.mark.parametrize("measure", [
    process_peers.pipe, process_peers.pipe_array, process_peers.barrier, process_peers.pool_empty,
    process_peers.pool_array, process_peers.futures_empty, process_peers.futures_array,
], ids=lambda each: each.__name__)
def test_processes_come_to_an_end(measure: Callable[[int], float]) -> None:
    assert measure(REPEATS) > 0


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_a_kernel_translated_for_the_interpreter_computes_the_same(name: str, capsys: Capture) -> None:
    text = epython_peer.translated((python_kernel.KERNELS / f"{name}.py").read_text())
    assert "range" not in text
    assert "//" not in text
    # What the interpreter's language does otherwise than CPython, which runs it here.
    text = text.replace("input()", "1").replace("(low + high) / 2", "(low + high) // 2")
    python_kernel.run_plainly(text, name)(1)
    checksum = capsys.readouterr().out.strip()
    expected, _ = python_kernel.kernel(name, numba=False)(["1"])
    if name in kernels.RANDOM_KERNELS:
        assert float(checksum) == pytest.approx(float(expected), rel=0.05)
    else:
        assert checksum == expected


@pytest.mark.skipif(find_spec("mpi4py") is None or peers.mpi_launcher() is None, reason="no mpi4py or mpich")
@pytest.mark.parametrize("pattern", ["ping_pong", "array", "barrier", "reduction"])
def test_ranks_come_to_an_end(pattern: str) -> None:
    launcher = peers.mpi_launcher()
    assert launcher is not None
    assert peers.mpi(launcher, pattern, REPEATS) > 0


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="no /proc/PID/smaps")
def test_the_memory_of_waiting_cores_is_found(tmp_path: Path) -> None:
    package = str(tmp_path / "waiting.epx")
    eptrans.build(programs.HERE / "programs" / "waiting.py", output=package)
    few, many = memory.waiting(package, 1), memory.waiting(package, 64)
    assert few.stacks >= 4096
    assert many.stacks >= 64 * 4096
    assert many.stacks < 64 * 65536
    assert few.rest > 0
    assert few.page_tables > 0


@pytest.mark.parametrize("exchange", [each for each in messages.EXCHANGES if each.cores <= 16],
                         ids=lambda each: each.name)
def test_a_message_program_counts_its_repeats(exchange: messages.Exchange) -> None:
    assert exchange.seconds(REPEATS) > 0


@pytest.mark.parametrize("lines", startup.FRONT_END_LINES)
def test_a_generated_program_has_the_lines_it_should(lines: int) -> None:
    assert startup.generated_program(lines).count("\n") == lines


def test_the_time_of_a_repeat_is_without_start_and_end() -> None:
    asked: list[int] = []

    def measure(repeats: int) -> float:
        asked.append(repeats)
        return 5.0 + 0.25 * repeats

    repeated = Repeated(measure, seconds=10.0)
    assert repeated.seconds_a_repeat() == pytest.approx(0.25)
    assert asked[-1] == pytest.approx(41)


def test_a_run_that_was_disturbed_is_made_again() -> None:
    times = iter([5.0, 5.0, 5.0, 9.0, 9.0,  # starting; two repeats take 4 s more
                  6.0, 4.0, 5.0, 13.0,  # a run that is shorter than the start is of no use
                  9.0, 3.0, 9.0, 3.0, 9.0, 3.0])  # nor are three
    repeated = Repeated(lambda repeats: next(times), seconds=4.0)
    assert repeated.seconds_a_repeat() == 8.0
    assert repeated.seconds_a_repeat() == 1.5


def test_what_is_compared_takes_turns() -> None:
    asked: list[str] = []

    def measurement(name: str, cost: float) -> Repeated:
        def measure(repeats: int) -> float:
            asked.append(name)
            return cost * repeats

        return Repeated(measure, seconds=8.0)

    each = [measurement("one", 1.0), measurement("two", 2.0), measurement("three", 4.0)]
    asked.clear()
    found = compared(each, rounds=2)
    assert asked == ["one", "one", "two", "two", "three", "three"] * 2
    assert [spread.median for spread in found.figures] == pytest.approx([1.0, 2.0, 4.0])
    assert [ratio.median for ratio in found.ratios] == pytest.approx([0.5, 0.25])


def test_a_peer_that_fails_or_is_missing_spoils_nothing_else() -> None:
    def fails(repeats: int) -> float:
        raise PeerError("no such thing")

    peers = [Peer("missing", None, missing="not installed: pip install missing"), Peer("failing", fails),
             Peer("good", lambda repeats: 2.0 * repeats, bar=0.4)]
    row = row_beside("row", lambda repeats: 1.0 * repeats, peers, Effort(8.0, 2), operations=2)
    assert row.ours == Spread(0.5, 0.5, 0.5)
    missing, failing, good = row.beside
    assert missing.note == "not installed: pip install missing"
    assert failing.note == "does not work: no such thing"
    assert good == Beside("good", Spread(1.0, 1.0, 1.0), Spread(0.5, 0.5, 0.5), 0.4)
    assert row.missed == ["row / good"]


GROUP = Group("g", "Title", (), mean_of=("C",), mean_bar=1.05)


def spread(value: float) -> Spread:
    return Spread(value, value, value)


ROWS = [
    Row("fast", spread(1e-9),
        (Beside("C", spread(2e-9), Spread(0.5, 0.4, 0.6), 1.25), Beside("gone", note="not installed"))),
    Row("slow", spread(4e-3), (Beside("C", spread(2e-3), spread(2.0), 1.25),)),
    Row("late", Spread(2e-6, 1e-6, 3e-6), bar=1e-6),
    Row("size", Spread(4608.0, 4096.0, 5120.0), unit=Unit.BYTES),
    Row("far", spread(1e-9), (Beside("pipe", spread(1e-6), spread(1e-3)),)),
]


def test_a_table_shows_spreads_ratios_their_mean_and_what_is_missing() -> None:
    console = Console(width=150)
    with console.capture() as shown:
        console.print(report.table([(GROUP, ROWS)]))
    text = shown.get()
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    for expected in ("1 ns", "4 ms", "0.40 to 0.60", "1/1,000", "4.5 KiB", "1 us to 3 us", "not installed"):
        assert expected in text
    assert "MISSED" in lines["late"]
    mean = next(line for line in text.splitlines() if "geometric mean" in line)
    assert "1.00" in mean
    assert "yes" in mean


def test_missed_bars_are_named() -> None:
    assert report.missed([(GROUP, ROWS)]) == ["slow / C", "late"]
    assert report.missed([(replace(GROUP, mean_bar=0.9), ROWS[:1])]) == []
    assert report.missed([(replace(GROUP, mean_bar=0.4), ROWS[:1])]) == ["the geometric mean of g"]


def test_json_has_all_figures() -> None:
    data = json.loads(report.as_json([(GROUP, ROWS)], report.machine()))
    assert set(data) == {"schema", "machine", "groups", "geometric_mean", "missed"}
    assert data["schema"] == report.SCHEMA
    assert {"processor", "cores", "system", "python", "load", "load_after"} == set(data["machine"])
    fast, _, late, size, _ = data["groups"]["g"]
    assert fast["ours"] == {"median": 1e-9, "low": 1e-9, "high": 1e-9}
    assert fast["beside"][0] == {"name": "C", "figure": {"median": 2e-9, "low": 2e-9, "high": 2e-9},
                                 "ratio": {"median": 0.5, "low": 0.4, "high": 0.6}, "bar": 1.25, "note": "",
                                 "passes": True}
    assert (late["passes"], size["unit"]) == (False, "B")
    assert data["geometric_mean"] == {"g": {"C": pytest.approx(1.0)}}
