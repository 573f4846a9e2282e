"""The benchmark commands: the table, the gate on instruction counts, two commits, the figures."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import __main__ as command
from benchmarks import baseline, counting, figures, instructions, report
from benchmarks.baseline import Baseline, Verdict
from benchmarks.cases import Beside, Case, Group, Row
from benchmarks.servers import PeerError, Server
from benchmarks.timing import Spread

TOP = Path(__file__).parent.parent


pytestmark = pytest.mark.usefixtures("own_benchmark_cache")


# ---- the table -------------------------------------------------------------------------------------------


def test_the_command_writes_what_it_shows(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = CliRunner().invoke(command.main, ["--quick", "--only", "sync on", "--json", str(file)])
    assert done.exit_code == 0, done.output
    assert "sync on 16, all" in done.output
    data = json.loads(file.read_text())
    assert [row["name"] for row in data["groups"]["messages"]] == ["sync on 16, all"]
    assert 0 < data["groups"]["messages"][0]["ours"]["median"] < 1e-3


def test_a_name_that_nothing_has_is_an_error() -> None:
    done = CliRunner().invoke(command.main, ["--only", "nowhere"])
    assert done.exit_code == 1
    assert "no benchmark is named like nowhere" in done.output


@pytest.mark.parametrize(("arguments", "bar", "status"), [
    (["--check"], 2.0, 0), (["--check"], 0.5, 1), ([], 0.5, 0),
])
def test_a_missed_bar_is_told_by_the_status(arguments: list[str], bar: float, status: int,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("slow", Spread(1.0, 1.0, 1.0), bar=bar)
    monkeypatch.setattr(command, "GROUPS", (Group("g", "Title", (Case("slow", lambda effort: row),)),))
    done = CliRunner().invoke(command.main, arguments)
    assert done.exit_code == status
    assert ("slow" in done.output and "MISSED" in done.output) == (bar < 1)


# ---- the gate --------------------------------------------------------------------------------------------

COUNTS = {"pi": 100.0, "pi" + counting.C_SUFFIX: 100.0, "message": 50.0}
RECORDED = Baseline({"compiler": "gcc 1"}, COUNTS)


@pytest.mark.parametrize(("changed", "exactly", "verdicts"), [
    ({}, True, {"pi": Verdict.SAME, "message": Verdict.SAME}),
    ({"pi": 102.9, "message": 51.6}, True, {"pi": Verdict.SAME, "message": Verdict.MORE}),
    ({"pi": 96.0}, True, {"pi": Verdict.FEWER, "message": Verdict.SAME}),
    ({"pi in C": 200.0}, True, {"pi": Verdict.SAME, "message": Verdict.SAME}),
    # another compiler: pi and its C alike by half, a message by a tenth
    ({"pi": 150.0, "pi in C": 150.0, "message": 55.0}, False, {"pi": Verdict.SAME, "message": Verdict.SAME}),
    ({"pi": 150.0, "message": 70.0}, False, {"pi": Verdict.MORE, "message": Verdict.MORE}),
    ({"task": 1.0}, True, {"pi": Verdict.SAME, "message": Verdict.SAME, "task": Verdict.NEW}),
])
def test_counts_are_judged(changed: dict[str, float], exactly: bool, verdicts: dict[str, Verdict]) -> None:
    found = baseline.judge(RECORDED, COUNTS | changed, exactly=exactly, complete=True)
    assert {each.name: each.verdict for each in found} == verdicts


def test_a_count_that_is_not_there_any_more_is_told_where_all_were_counted() -> None:
    found = baseline.judge(RECORDED, {"message": 50.0}, exactly=True, complete=True)
    assert {each.name: each.verdict for each in found} == {"pi": Verdict.GONE, "message": Verdict.SAME}
    assert [each.name for each in baseline.judge(RECORDED, {"message": 50.0}, exactly=True, complete=False)] \
        == ["message"]


def test_another_compiler_is_told() -> None:
    assert RECORDED.differences({"compiler": "gcc 1"}) == []
    assert RECORDED.differences({"compiler": "gcc 2"}) == ["compiler is gcc 2, the baseline's gcc 1"]


@pytest.mark.parametrize("text", ["", "[]", '{"environment": {}, "counts": {"pi": "many"}}'])
def test_a_file_that_is_no_baseline_is_an_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(counting.CountingError, match="is not a baseline: record it again"):
        Baseline.read(path)
    with pytest.raises(counting.CountingError, match="cannot be read"):
        Baseline.read(tmp_path / "none.json")


def test_the_recorded_baseline_has_all_that_is_counted() -> None:
    recorded = Baseline.read()
    assert {name for name in recorded.counts if not name.endswith(counting.C_SUFFIX)} == set(counting.names())
    assert set(recorded.environment) == {"compiler", "library", "machine", "valgrind"}


@pytest.mark.skipif(counting.missing() is not None, reason=str(counting.missing()))
def test_the_gate_opens_for_what_is_recorded_and_shuts_for_a_doctored_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["sieve", "probe that finds nothing"]
    counts = counting.counts(names)
    assert set(counts) == {*names, "sieve" + counting.C_SUFFIX}
    assert counts["sieve"] > 7000
    path, results = tmp_path / "baseline.json", tmp_path / "results.json"
    recorded = Baseline(counting.environment(), counts)
    recorded.write(path)
    arguments = ["--only", "sieve", "--only", "probe", "--baseline", str(path), "--json", str(results)]
    done = CliRunner().invoke(instructions.main, arguments)
    assert (done.exit_code, "all kept" in done.output) == (0, True), done.output
    again = json.loads(results.read_text())["counts"]
    assert again == {name: pytest.approx(count, rel=0.005) for name, count in counts.items()}

    replace(recorded, counts=counts | {"sieve": again["sieve"] / 1.05}).write(path)
    monkeypatch.setattr(counting, "counts", lambda wanted: again)  # counting a third time would take its time
    done = CliRunner().invoke(instructions.main, arguments)
    assert done.exit_code == 1
    assert "the gate stays shut: sieve (MORE, +5.0%)" in done.output


def test_without_valgrind_the_gate_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.shutil, "which", lambda name: None)
    done = CliRunner().invoke(instructions.main)
    assert (done.exit_code, done.output) == (
        0, "instruction counts: skipped, valgrind is not installed (apt install valgrind)\n")
    assert CliRunner().invoke(instructions.main, ["--record"]).exit_code == 1


# ---- servers ---------------------------------------------------------------------------------------------


def test_a_server_answers_until_it_fails() -> None:
    text = "from benchmarks.servers import serve\nserve(lambda words: [1 / int(words[0]), words[1]])"
    with Server([sys.executable, "-c", text], TOP, os.environ) as server:
        assert server.ask(2, "x") == ["0.5", "x"]
        assert server.ask(4, "y") == ["0.25", "y"]
        with pytest.raises(PeerError, match="ZeroDivisionError"):
            server.ask(0, "z")


# ---- two commits -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git checkout of what is tested here, with its extension modules."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    top = tmp_path_factory.mktemp("repository")
    for name in ("eptrans", "runtime", "benchmarks"):
        shutil.copytree(TOP / name, top / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml"):
        shutil.copy2(TOP / name, top)
    (top / ".gitignore").write_text("*.so\n")
    for module in top.glob("runtime/*.so"):
        module.touch()
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "All of it")):
        subprocess.run(["git", "-C", str(top), *words], check=True)
    return top


def _compare(repository: Path, temporary: Path, *words: str) -> subprocess.Popen[str]:
    places = {"PYTHONPATH": str(repository), "TMPDIR": str(temporary)}
    return subprocess.Popen([sys.executable, "-m", "benchmarks.compare", *words], cwd=repository, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **places})


def _nothing_is_left(repository: Path, temporary: Path) -> bool:
    command = ["git", "-C", str(repository), "worktree", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return len(listed.splitlines()) == 1 and list(temporary.iterdir()) == []


@pytest.mark.alone
def test_a_commit_is_as_fast_as_itself(repository: Path, tmp_path: Path) -> None:
    file, temporary = tmp_path / "results.json", tmp_path / "temporary"
    temporary.mkdir()
    words = ("HEAD", "HEAD", "--quick", "--only", "sync on", "--json", str(file))
    process = _compare(repository, temporary, *words)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert "sync on 16, all" in output
    row, = json.loads(file.read_text())["groups"]["compare"]
    assert row["beside"][0]["name"] == "A (HEAD)"
    assert 0.5 < row["beside"][0]["ratio"]["median"] < 2
    assert _nothing_is_left(repository, temporary)


@pytest.mark.parametrize(("words", "message"), [
    (("HEAD", "nowhere"), "'nowhere' is not a commit"),
    (("HEAD", "--help"), "Usage"),
    (("HEAD", "HEAD", "--only", "nowhere"), "no benchmark is named like nowhere"),
])
def test_a_comparison_that_cannot_be_made(words: tuple[str, ...], message: str, repository: Path,
                                          tmp_path: Path) -> None:
    process = _compare(repository, tmp_path, *words)
    output, _ = process.communicate()
    assert message in output
    assert "Traceback" not in output
    assert _nothing_is_left(repository, tmp_path)


def test_an_interrupted_comparison_leaves_nothing(repository: Path, tmp_path: Path) -> None:
    process = _compare(repository, tmp_path, "HEAD", "HEAD")
    end = time.monotonic() + 30
    while not list(tmp_path.glob("*/1/site/benchmarks")) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in output) == (130, False), output
    assert _nothing_is_left(repository, tmp_path)


# ---- figures ---------------------------------------------------------------------------------------------


def _results() -> str:
    one, two = Spread(1e-6, 1e-6, 2e-6), Spread(3e-6, 2e-6, 4e-6)
    kernel = Row("pi", one, (Beside("C", two, one),))
    wide = Row("pi, 64 bits", one, (Beside("Numba", note="not installed"), Beside("CPython", two, one)))
    message = Row("message to and fro", one, (Beside("mpi4py", two, one),))
    rows = {"kernels": [kernel], "messages": [Row("sync", one, bar=2e-6)], "peers": [wide, message]}
    results = [(Group(name, "", ()), rows[name]) for name in rows]
    return report.as_json(results, report.machine())


def test_figures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "results.json"
    file.write_text(_results())
    done = CliRunner().invoke(figures.main, [str(file), str(tmp_path / "figures")])
    assert done.exit_code == 0, done.output
    drawn = list((tmp_path / "figures").iterdir())
    assert {path.name for path in drawn} == {f"{name}.png" for name in figures.FIGURES}
    for path in drawn:
        assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 1}'])
def test_a_file_without_results_is_an_error(text: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "results.json"
    file.write_text(text)
    done = CliRunner().invoke(figures.main, [str(file), str(tmp_path)])
    assert done.exit_code == 1
    assert str(file) in done.output
