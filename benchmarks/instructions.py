"""The gate: `python -m benchmarks.instructions` counts instructions and compares them with baseline.json.

Times on a machine with other work vary by tens of percent, instruction counts by a thousandth. The exit
status is 1 where a count grew by more than the tolerance. `--record` writes the baseline anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.box import SIMPLE
from rich.table import Table

from benchmarks import baseline, counting, report
from benchmarks.baseline import Baseline, Judgement, Verdict
from eptrans.diagnostics import EptransError

_STYLES = {Verdict.MORE: "bold red", Verdict.NEW: "red", Verdict.GONE: "red", Verdict.FEWER: "green"}
RECORD_COMMAND = "python -m benchmarks.instructions --record"


def _number(judgement: Judgement, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f} of C's" if judgement.of_c else f"{value:,.1f}"


def _table(judgements: Sequence[Judgement], counts: dict[str, float]) -> Table:
    """All counts; those that moved are marked."""
    shown = Table(title="Instructions an operation", title_justify="left", title_style="bold", box=SIMPLE,
                  pad_edge=False)
    shown.add_column("", no_wrap=True)
    for heading in ("baseline", "now", "change", "C", "ours / C"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for each in judgements:
        by_c = counts.get(each.name + counting.C_SUFFIX)
        ours = counts.get(each.name)
        verdict = "" if each.verdict is Verdict.SAME else each.verdict.value
        shown.add_row(
            each.name, _number(each, each.recorded), _number(each, each.now),
            "" if each.change is None else f"{each.change:+.1%}",
            "" if by_c is None else f"{by_c:,.1f}", "" if not (by_c and ours) else f"{ours / by_c:.2f}",
            verdict, style=_STYLES.get(each.verdict),
        )
    return shown


def _wanted(only: Sequence[str]) -> list[str]:
    """The names that have one of the words in them; all where there are no words."""
    found = [name for name in counting.names()
             if not only or any(word.lower() in name.lower() for word in only)]
    if not found:
        raise click.ClickException(f"nothing to count is named like {' or '.join(only)}; there are "
                                   f"{'; '.join(counting.names())}")
    return found


def _how_compared(differences: Sequence[str]) -> str:
    """What is compared, and why."""
    if not differences:
        return f"same compiler and libraries as the baseline's: counts within {baseline.SAME_TOLERANCE:.0%}"
    return (f"{'; '.join(differences)}.\nSo kernels are judged by the ratio of their counts to those of C "
            f"in this run,\nmessages and tasks by their counts, both within {baseline.OTHER_TOLERANCE:.0%}")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--record", is_flag=True, help="Write the baseline instead of comparing with it.")
@click.option("--only", multiple=True, metavar="NAME", help="Count only what has this in its name.")
@click.option("--baseline", "path", type=click.Path(dir_okay=False, path_type=Path),
              default=baseline.FILE, help="Another baseline than benchmarks/baseline.json.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
              metavar="FILE", help="Write counts and verdicts to a file too.")
def main(record: bool, only: tuple[str, ...], path: Path, json_file: Path | None) -> None:
    """Count the instructions of kernels, messages and tasks, and compare them with the baseline."""
    reason = counting.missing()
    if reason is not None and record:
        raise click.ClickException(reason)
    if reason is not None:
        click.echo(f"instruction counts: skipped, {reason}")
        return
    if record and only:
        raise click.ClickException("--record writes all counts: leave --only out")
    wanted = _wanted(only)
    try:
        here = counting.environment()
        if record:
            Baseline(here, counting.counts(wanted)).write(path)
            click.echo(f"recorded {len(wanted)} counts in {path}")
            return
        recorded = Baseline.read(path)
        counts = counting.counts(wanted)
    except EptransError as error:
        raise click.ClickException(str(error)) from None
    differences = recorded.differences(here)
    judgements = baseline.judge(recorded, counts, exactly=not differences, complete=not only)
    console = report.console()
    console.print(_table(judgements, counts))
    console.print(_how_compared(differences), highlight=False)
    if json_file is not None:
        rows = [asdict(each) | {"verdict": each.verdict.name} for each in judgements]
        data = {"environment": here, "exactly": not differences, "counts": counts, "judgements": rows}
        json_file.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    _conclude(judgements, exactly=not differences)


def _conclude(judgements: Sequence[Judgement], *, exactly: bool) -> None:
    """Say what came out of it. Exits with status 1 if anything fails."""
    failed = [each for each in judgements if each.verdict.fails]
    if exactly and any(each.verdict is Verdict.FEWER for each in judgements):
        click.echo(f"some counts fell: keep that by `{RECORD_COMMAND}`")
    if failed:
        moved = "; ".join(f"{each.name} ({each.verdict.value}"
                          + (f", {each.change:+.1%})" if each.change is not None else ")") for each in failed)
        raise click.ClickException(f"the gate stays shut: {moved}.\n"
                                   f"If that is meant, `{RECORD_COMMAND}` where the baseline was recorded, "
                                   "and commit it with the reason")
    click.echo("instruction counts: all kept")


if __name__ == "__main__":
    main()
