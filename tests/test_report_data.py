"""What the report page is filled with: packed columns, words, what is left out; nothing breaks out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import recordings

from eptrans.files import FileError
from eptrans.page import bundle, report_page, write_report
from eptrans.page.columns import ColumnPacker
from eptrans.page.data import page_data
from eptrans.page.load import SCALE, load, task_times
from eptrans.page.summary import bytes_text, percent, sentences, time_text
from eptrans.page.thinning import Limits, blocks
from eptrans.recording import CORE, SLICE, STEP_END, TRAFFIC, Activity, Recording, Site

ASSETS = Path(bundle.__file__).parent / "assets"
CHECKSUMS = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}
MEGABYTE = 1_000_000


def unpacked(text: str, directory: list[dict[str, Any]]) -> dict[str, numpy.ndarray]:
    """The columns again, read as the page's script reads them."""
    data = zlib.decompress(base64.b64decode(text))
    columns = {}
    offset = 0
    for entry in directory:
        kind = numpy.dtype(entry["type"])
        size = entry["length"] * kind.itemsize
        planes = numpy.frombuffer(data[offset : offset + size], numpy.uint8).reshape(kind.itemsize, -1)
        offset += size
        values = planes.T.copy().view(kind).reshape(-1).astype(numpy.int64)
        columns[entry["name"]] = numpy.cumsum(values) if entry["differences"] else values
    assert offset == len(data)
    return columns


NUMBERS = st.one_of(st.integers(-300, 300), st.integers(-70_000, 70_000), st.integers(-(2**52), 2**52))


@given(st.lists(st.tuples(st.booleans(), st.lists(NUMBERS, max_size=20)), max_size=5))
def test_packed_columns_unpack_to_what_they_were(columns: list[tuple[bool, list[int]]]) -> None:
    packer = ColumnPacker()
    for number, (differences, values) in enumerate(columns):
        packer.add(str(number), numpy.array(values, dtype=numpy.int64), differences=differences)
    found = unpacked(packer.text(), packer.directory)
    assert [found[str(place)].tolist() for place in range(len(columns))] == [values for _, values in columns]


@pytest.mark.parametrize("make", [recordings.jacobi, recordings.farm, recordings.empty])
def test_a_page_holds_every_slice_and_message(make: Any) -> None:
    recording: Recording = make()
    data = page_data(recording)
    columns = unpacked(data.columns, data.facts["columns"])
    slices, messages = recording.slices, recording.messages
    assert data.facts["notes"] == []
    for column in ("core", "activity", "start", "name", "site", "peer", "peer_site"):
        assert columns[f"slices.{column}"].tolist() == slices[column].tolist()
    assert (columns["slices.start"] + columns["slices.duration"]).tolist() == slices["end"].tolist()
    arrivals = columns["messages.posted"] + columns["messages.flight"]
    assert sorted(arrivals.tolist()) == sorted(messages["arrived"].tolist())
    assert sorted((arrivals + columns["messages.wait"]).tolist()) == sorted(messages["taken"].tolist())
    assert columns["traffic.bytes"].sum() == messages["bytes"].sum()


@pytest.mark.parametrize("make", [recordings.jacobi, recordings.farm])
def test_the_load_adds_up_to_the_times_of_the_cores(make: Any) -> None:
    recording: Recording = make()
    cores = recording.cores
    shares = load(recording)
    for kind, column in (("message", "waited_message"), ("link", "waited_link"), ("idle", "idle")):
        share = cores[column].sum() / (recording.end * len(cores))
        assert shares[kind].mean() / SCALE == pytest.approx(share, abs=1e-4)
    tasks = recording.slices[recording.slices["activity"] == Activity.TASK]
    assert task_times(recording).sum() == (tasks["end"] - tasks["start"]).sum()
    assert shares["task"].mean() / SCALE == pytest.approx(
        task_times(recording).sum() / (recording.end * len(cores)), abs=1e-4
    )


def test_the_load_is_right_in_each_part_of_the_run() -> None:
    """Two cores, 100 ticks: one waits from 10 to 30, of that from 20 to 25 for a link; one ends at 75."""
    recording = replace(recordings.empty(), end=100, cores=numpy.zeros(2, CORE))
    recording.cores["idle"] = 0, 25
    message, link = Activity.WAIT_MESSAGE, Activity.WAIT_LINK
    waits = [(0, message, 10, 30), (0, link, 20, 25), (1, link, 22, 24)]
    slices = numpy.array([(*wait, -1, 0, -1, 0) for wait in waits], SLICE)
    shares = load(replace(recording, slices=slices), bins=10)
    assert shares["message"].tolist() == [0, 5000, 2500, 0, 0, 0, 0, 0, 0, 0]
    assert shares["link"].tolist() == [0, 0, 3500, 0, 0, 0, 0, 0, 0, 0]
    assert shares["idle"].tolist() == [0, 0, 0, 0, 0, 0, 0, 2500, 5000, 5000]


def test_computing_within_tasks_leaves_out_their_waits() -> None:
    """Two cores, 100 ticks. A task from 10 to 60, which calls a function, waits from 20 to 40, of that from
    30 to 40 for a link, and from 50 to 55 for a link alone; other waits are outside tasks."""
    message, link, function, task = (
        Activity.WAIT_MESSAGE, Activity.WAIT_LINK, Activity.FUNCTION, Activity.TASK
    )  # fmt: skip
    stretches = [
        (0, function, 0, 100), (0, message, 5, 10), (0, task, 10, 60), (0, function, 10, 60),
        (0, message, 20, 40), (0, link, 30, 40), (0, link, 50, 55),
        (1, function, 0, 100), (1, message, 15, 35),
    ]  # fmt: skip
    slices = numpy.array([(*stretch, -1, 0, -1, 0) for stretch in stretches], SLICE)
    recording = replace(recordings.empty(), end=100, cores=numpy.zeros(2, CORE), slices=slices)
    assert task_times(recording).tolist() == [25, 0]
    assert load(recording, bins=10)["task"].tolist() == [0, 5000, 0, 0, 5000, 2500, 0, 0, 0, 0]


def test_what_stands_outside_of_functions_is_the_top_level() -> None:
    recording = replace(recordings.jacobi(), names=("<module>", *recordings.jacobi().names[1:]))
    assert page_data(recording).facts["names"][:2] == ["top level", "swap_row"]


# ---- words ----------------------------------------------------------------------------------------------


def test_the_summary_names_what_matters() -> None:
    recording = recordings.farm()
    words = sentences(recording)
    cores = recording.cores
    waiting = percent(int(cores["waited_message"].sum()), recording.end * len(cores))
    assert f"{waiting} waiting for messages" in words[0]
    assert any("to the east, to core 1," in text and "the model ideal leaves out" in text for text in words)
    assert any("pi_farm.py:17" in text for text in words)
    assert any(text.startswith("The fullest local memory") and "of 32 KiB" in text for text in words)


def test_the_core_that_computes_most_and_ends_last_is_the_slowest() -> None:
    recording = recordings.jacobi()
    recording.cores["idle"][3] = 0
    recording.cores["idle"][[core for core in range(16) if core != 3]] = 10
    recording.cores["busy"][3] = recording.end
    assert "Core 3 is the slowest: it computes most, 100 % of the run" in " ".join(sentences(recording))


def test_small_shares_do_not_stand_beside_large_ones() -> None:
    recording = recordings.jacobi()
    recording.cores["idle"] = 0
    recording.cores["idle"][3] = recording.end // 100
    assert "idle" not in sentences(recording)[0]
    recording.cores["idle"][3] = recording.end // 2
    assert "idle after a core's own end" in sentences(recording)[0]


def test_the_summary_says_what_most_of_the_slowest_path_led_to() -> None:
    path = next(text for text in sentences(recordings.farm()) if text.startswith("The slowest path"))
    assert path.endswith("and over 99 % led to the end.")
    path = next(text for text in sentences(recordings.jacobi()) if text.startswith("The slowest path"))
    assert path.endswith("led to reduce at jacobi.py:22.")


def test_a_run_without_time_is_told_so() -> None:
    assert sentences(recordings.empty()) == ["No core took any time."]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 2, "50 %"), (0, 5, "0 %"), (5, 5, "100 %"), (1, 1000, "0.1 %"), (1, 10**6, "under 0.01 %"),
     (999, 1000, "over 99 %"), (0, 0, "0 %")],
)  # fmt: skip
def test_shares_never_round_to_none_or_all(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_sizes_and_times_have_units() -> None:
    sizes = [bytes_text(size) for size in (0, 1, 999, 2080, 5_000_000)]
    assert sizes == ["0 bytes", "1 byte", "999 bytes", "2.08 KB", "5 MB"]
    times = [time_text(seconds) for seconds in (0, 71.3e-6, 0.0125, 3)]
    assert times == ["0 ns", "71.3 µs", "12.5 ms", "3 s"]


# ---- very large runs ------------------------------------------------------------------------------------


def test_above_a_limit_the_longest_stay_and_the_page_says_so() -> None:
    recording = recordings.jacobi()
    data = page_data(recording, limits=Limits(slices=500, messages=100, traffic=10_000, path=10))
    columns = unpacked(data.columns, data.facts["columns"])
    durations = numpy.sort(recording.slices["end"] - recording.slices["start"])
    assert sorted(columns["slices.duration"].tolist()) == durations[-500:].tolist()
    assert (numpy.diff(columns["slices.core"]) >= 0).all()
    assert len(columns["messages.posted"]) == 100 and len(columns["path.start"]) == 10
    count = f"{len(recording.slices):,}"
    starts = recording.path["start"][columns["path.number"]]
    assert columns["path.start"].tolist() == starts.tolist() and columns["path.number"][-1] >= 10
    notes = data.facts["notes"]
    assert len(notes) == 3
    assert notes[0].startswith(f"slices of the timeline: the 500 longest of {count} are shown")


def test_lost_events_are_told() -> None:
    data = page_data(replace(recordings.jacobi(), lost=1234))
    (note,) = data.facts["notes"]
    assert note.startswith("1,234 events were not recorded, since the recorder's limit was reached")


def test_a_matrix_with_too_many_pairs_becomes_sums_of_blocks() -> None:
    pairs = [(sender, receiver, 1, sender) for sender in range(33) for receiver in range(33)]
    traffic = numpy.array(pairs, dtype=TRAFFIC)
    joined, side = blocks(traffic, 33, 100)
    assert side == 4 and len(joined) == 81
    assert joined["messages"].sum() == 33 * 33 and joined["bytes"].sum() == traffic["bytes"].sum()
    assert joined[0].tolist() == (0, 0, 16, 4 * (0 + 1 + 2 + 3))
    assert joined["sender"].max() == 8


@pytest.mark.parametrize(("cores", "slices"), [(16, 100_000), (1024, 100_000), (4096, 100_000)])
def test_a_page_of_an_ordinary_run_is_small(cores: int, slices: int) -> None:
    recording = recordings.large(cores, slices)
    assert len(recording.slices) > 0.5 * slices
    assert len(report_page(recording).encode()) < 3 * MEGABYTE


def test_a_page_with_all_limits_reached_stays_loadable() -> None:
    random = numpy.random.default_rng(4)
    made = recordings.large(16, 300_000)
    recording = replace(made, slices=made.slices.copy())
    recording.slices["site"] = random.integers(0, len(recording.sites), len(recording.slices))
    assert len(recording.slices) > Limits().slices
    assert len(report_page(recording).encode()) < 6 * MEGABYTE


def test_how_steps_ended_stays_with_them() -> None:
    recording = recordings.jacobi()
    ends = numpy.array([(place % 5, 4, 3) for place in range(len(recording.path))], STEP_END)
    data = page_data(replace(recording, path_ends=ends, path_is_whole=False), limits=Limits(path=10))
    columns = unpacked(data.columns, data.facts["columns"])
    assert columns["path.name"].tolist() == (columns["path.number"] % 5).tolist()
    assert columns["path.wait_site"].tolist() == [3] * 10
    assert "slowest path: its earlier steps were not kept" in data.facts["notes"]


# ---- one file, and nothing out of its place -------------------------------------------------------------


class PageReader(HTMLParser):
    """Collects elements and the texts of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self.title = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        place = len(self.elements) - 1
        self.texts[place] = self.texts.get(place, "") + data

    def script(self, name: str) -> str:
        place = next(i for i, (_, attributes) in enumerate(self.elements) if attributes.get("id") == name)
        return self.texts[place]


def test_the_page_loads_nothing() -> None:
    text = report_page(recordings.jacobi())
    reader = PageReader(text)
    for tag, attributes in reader.elements:
        assert tag not in ("link", "iframe", "base", "object", "embed")
        assert not {"src", "srcset", "data", "poster", "action"} & attributes.keys()
    assert [attributes["href"] for _, attributes in reader.elements if "href" in attributes] == ["#summary"]
    styles = "".join(reader.texts[i] for i, (tag, _) in enumerate(reader.elements) if tag == "style")
    assert "url(" not in styles and "@import" not in styles
    own = bundle.joined_script()
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|importScripts|WebSocket|\bimport\b", own)
    policy = next(named["content"] for tag, named in reader.elements if "http-equiv" in named)
    assert policy is not None and policy.startswith("default-src 'none'")


NASTY = "</script><script>alert(1)</script><!-- <b>&amp;'\"\u2028\udc80 ${x} $title"


def test_nothing_of_the_program_can_become_part_of_the_page() -> None:
    recording = replace(
        recordings.jacobi(file=f"{NASTY}.py", source=f"print '{NASTY}'\n"),
        names=(NASTY, "a", "b", "c", "d"), chip=NASTY,
        sites=(Site(0, 0, 0, ""), *(Site(0, 1, 1, NASTY) for _ in range(4))),
    )  # fmt: skip
    plain, nasty = PageReader(report_page(recordings.jacobi())), PageReader(report_page(recording))
    assert [tag for tag, _ in nasty.elements] == [tag for tag, _ in plain.elements]
    facts = json.loads(nasty.script("facts"))
    assert facts["sources"] == [f"print '{NASTY}'\n"]
    assert facts["names"][0].startswith("</script><script>alert(1)")
    report_page(recording).encode("utf-8")


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_says_the_same_and_ends_nothing(value: Any) -> None:
    text = bundle.safe_json(value)
    assert json.loads(text) == value
    assert text.isascii() and not set("<>&") & set(text)


def test_every_script_is_in_the_page_and_imports_only_what_is_exported() -> None:
    joined = bundle.joined_script()
    for path in sorted((ASSETS / "js").glob("*.js")):
        text = path.read_text("utf-8")
        assert text.startswith("// "), f"{path.name} does not say what it is for"
        assert f"const module_{path.stem} = " in joined
        for names, source in re.findall(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', text, re.MULTILINE):
            exporting = (ASSETS / "js" / f"{source}.js").read_text("utf-8")
            exported = re.findall(r"^export (?:async )?(?:function|const) (\w+)", exporting, re.MULTILINE)
            assert set(names.replace(" ", "").split(",")) <= set(exported), f"{path.name} from {source}.js"
    assert not re.search(r"^(import|export) ", joined, re.MULTILINE)


def test_the_library_is_what_was_published() -> None:
    for name, checksum in CHECKSUMS.items():
        assert hashlib.sha256((ASSETS / "vendor" / name).read_bytes()).hexdigest() == checksum, name
    notice = (ASSETS / "vendor" / "README.md").read_text()
    version = re.search(r"uPlot \(v([0-9.]+)\)", (ASSETS / "vendor" / "uPlot.iife.min.js").read_text())
    assert version is not None and f"uPlot {version[1]}," in notice
    assert "The MIT License" in report_page(recordings.empty())


def test_the_same_run_gives_the_same_page() -> None:
    assert report_page(recordings.jacobi()) == report_page(recordings.jacobi())


def test_a_report_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot write .*nowhere/out.html: no such file or directory"):
        write_report(recordings.empty(), tmp_path / "nowhere" / "out.html")
    write_report(recordings.empty(), tmp_path / "out.html")
    assert (tmp_path / "out.html").read_text().startswith("<!doctype html>")
