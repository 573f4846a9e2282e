"""Two commits side by side: `python -m benchmarks.compare A B [--only NAME]`.

Both are checked out and built; the programs are those of the checkout in use. The sides take turns, run by
run, so that what else the machine does hits both. The ratio is B's time divided by A's: above 1, B is slower.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from benchmarks import kernels, messages, report
from benchmarks.cases import Case, Group, Peer, Row, row_beside
from benchmarks.checkouts import Checkout, checked_out, resolve
from benchmarks.servers import PeerError, Server
from benchmarks.timing import FULL, QUICK, Effort
from eptrans.diagnostics import EptransError

_INTERRUPTED = 130


def _seconds(server: Server, path: str, cores: int, repeats: int) -> float:
    return float(server.ask(path, cores, repeats)[1])


def _measure(path: str, cores: int, operations: int, sides: Sequence[Server], labels: Sequence[str],
             name: str, effort: Effort) -> Row:
    """One program on both sides. One that a side cannot run is told."""
    before, after = (partial(_seconds, side, path, cores) for side in sides)
    try:
        return row_beside(name, after, [Peer(labels[0], before)], effort, operations=operations)
    except PeerError as error:
        return Row(name, note=f"does not work in {labels[1]}: {error}")


def _programs() -> list[tuple[str, str, int, int]]:
    """Name, path, cores and operations a repeat of all that can be compared."""
    found = [(name, f"kernels/{name}.py", 1, 1) for name in kernels.KERNELS]
    return found + [(each.name, f"programs/{each.program}.py", each.cores, each.operations)
                    for each in messages.EXCHANGES]


def _chosen(only: Sequence[str]) -> list[tuple[str, str, int, int]]:
    chosen = [each for each in _programs()
              if not only or any(word.lower() in each[0].lower() for word in only)]
    if not chosen:
        raise click.ClickException(f"no benchmark is named like {' or '.join(only)}; there are "
                                   f"{'; '.join(each[0] for each in _programs())}")
    return chosen


def compare(
    sides: Sequence[Checkout], only: Sequence[str], effort: Effort, folder: Path
) -> tuple[Group, list[Row]]:
    """Measure the chosen programs on two commits. The rows have B's times, beside them A's."""
    labels = [f"{letter} ({each.name})" for letter, each in zip("AB", sides)]
    with ExitStack() as stack:
        servers = [stack.enter_context(each.server(folder)) for each in sides]
        cases = tuple(
            Case(name, partial(_measure, path, cores, operations, servers, labels, name))
            for name, path, cores, operations in _chosen(only)
        )
        title = f"B ({sides[1].name} {sides[1].commit[:9]}) beside A ({sides[0].name} {sides[0].commit[:9]})"
        return Group("compare", title, cases, mean_of=(labels[0],)), [case.measure(effort) for case in cases]


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--only", multiple=True, metavar="NAME", help="Compare only what has this in its name.")
@click.option("--quick", is_flag=True, help="Shorter runs and fewer rounds.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
              metavar="FILE", help="Write all figures to a file too, in seconds.")
def main(a: str, b: str, only: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Compare the speed of commit B with that of commit A: kernels, messages and tasks."""
    signal.signal(signal.SIGTERM, _terminated)  # cleans up as Ctrl-C does
    _chosen(only)
    console = report.console()
    start = report.machine()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eptrans-compare-")))
            for name in (a, b):
                resolve(name)
            sides = []
            for place, name in enumerate((a, b)):
                with console.status(f"building {name}"):
                    sides.append(stack.enter_context(checked_out(name, folder / str(place))))
            with console.status("measuring"):
                group, rows = compare(sides, only, QUICK if quick else FULL, folder)
    except EptransError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(_INTERRUPTED)
    console.print(report.table([(group, rows)]))
    if json_file is not None:
        json_file.write_text(report.as_json([(group, rows)], start) + "\n", encoding="utf-8")
    if any(row.note or any(each.note for each in row.beside) for row in rows):
        raise click.ClickException("not all could be compared: see the last column")


if __name__ == "__main__":
    main()
