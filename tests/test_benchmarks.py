"""The benchmarks measure what they say: kernels compute what their C computes, programs count right.

Nothing is timed here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import c_kernels, kernels, messages, programs, python_kernel, report, startup
from benchmarks.cases import Group, Row
from benchmarks.timing import Comparison, Repeated, Spread

REPEATS = 3


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPTRANS_CACHE", str(tmp_path_factory.mktemp("cache")))
        programs.built.cache_clear()
        yield
        programs.built.cache_clear()


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


@pytest.mark.parametrize("name", ["matrix", "sieve"])
def test_a_kernel_runs_under_cpython(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    python_kernel.main(name, REPEATS, numba=False)
    checksum, _ = capsys.readouterr().out.split()
    assert float(checksum) == pytest.approx(float(c_kernels.run(name, REPEATS)[0]))


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


def test_a_comparison_turns_round() -> None:
    one, two = Spread(1.0, 1.0, 1.0), Spread(2.0, 1.0, 4.0)
    assert Comparison(one, two, Spread(0.5, 0.25, 1.0)).inverted().ratio == Spread(2.0, 1.0, 4.0)


def test_a_table_shows_ratios_their_mean_and_what_is_missing() -> None:
    from rich.console import Console

    group = Group("g", "Title", (), reference="C", ratio="ours / C", mean_bar=1.05)
    rows = [Row("fast", Spread(1e-9, 1e-9, 1e-9), Spread(2e-9, 2e-9, 2e-9), Spread(0.5, 0.4, 0.6), bar=1.25),
            Row("slow", Spread(4e-3, 4e-3, 4e-3), Spread(2e-3, 2e-3, 2e-3), Spread(2.0, 2.0, 2.0), bar=1.25),
            Row("absent", note="not installed (absent)")]
    console = Console(width=120)
    with console.capture() as shown:
        console.print(report.table(group, rows))
    text = shown.get()
    for expected in ("1 ns", "4 ms", "0.40 to 0.60", "geometric mean", "1.00", "not installed (absent)"):
        assert expected in text
    assert (rows[0].passes, rows[1].passes, rows[2].passes) == (True, False, None)
