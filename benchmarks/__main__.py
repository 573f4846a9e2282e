"""The command `python -m benchmarks`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from benchmarks import host_threads, kernels, memory, mesh_models, messages, peers, report, startup
from benchmarks.cases import Group, Row
from benchmarks.timing import FULL, QUICK, Effort

GROUPS = (
    kernels.GROUP, messages.GROUP, mesh_models.GROUP, host_threads.GROUP, startup.GROUP, memory.GROUP,
    peers.GROUP,
)


def _measure(group: Group, wanted: tuple[str, ...], effort: Effort, console: Console) -> list[Row]:
    """The rows of the cases that are wanted; all of them if the group itself is, or nothing is named."""
    everything = not wanted or group.name in wanted
    rows: list[Row] = []
    with console.status("") as status:
        for case in group.cases:
            if everything or any(word.lower() in case.name.lower() for word in wanted):
                status.update(f"{group.name}: {case.name}")
                rows.append(case.measure(effort))
    return rows


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Shorter runs and fewer rounds: for a first look.")
@click.option("--only", multiple=True, metavar="NAME",
              help=f"Measure only this group ({', '.join(group.name for group in GROUPS)}), or the rows "
                   "whose names have this in them. May be given several times.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
              metavar="FILE", help="Write all figures to a file too, in seconds and bytes.")
@click.option("--check", is_flag=True, help="Exit with status 1 if a bar is missed.")
def main(quick: bool, only: tuple[str, ...], json_file: Path | None, check: bool) -> None:
    """Measure eptrans beside hand-written C, its own bars, and other ways to do the same."""
    console = report.console()
    start = report.machine()
    console.print(f"{start['processor']}, {start['cores']} cores, load {start['load']:.1f}, "
                  f"Python {start['python']}, {start['system']}", highlight=False)
    measured = [(group, _measure(group, only, QUICK if quick else FULL, console)) for group in GROUPS]
    results = [(group, rows) for group, rows in measured if rows]
    if not results:
        names = "; ".join(case.name for group in GROUPS for case in group.cases)
        raise click.ClickException(f"no benchmark is named like {' or '.join(only)}; there are {names}")
    console.print(report.table(results))
    if json_file is not None:
        json_file.write_text(report.as_json(results, start) + "\n", encoding="utf-8")
    missed = report.missed(results)
    if missed:
        click.echo(f"{len(missed)} bars are missed: {'; '.join(missed)}", err=check)
    if missed and check:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
