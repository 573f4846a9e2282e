"""Runs that believe that nobody waits for a link (mesh model `contention`), beside those that never do."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine_programs import lines, run
from test_host_threads import facts, talks

from eptrans.machine import MeshModel, Status

CONTENTION = {"mesh_model": MeshModel.CONTENTION}


def told(body: str, cores: int, watch_after: int | None, **settings: object) -> dict[str, object]:
    return facts(run(body, cores, watch_after=watch_after, **CONTENTION, **settings))


def agree(watched: dict[str, object], ordered: dict[str, object]) -> bool:
    """Links do not count what they carry where a row or column of them is taken as a whole."""
    if watched.get("link_rows") is None:
        ordered = {**ordered, "link_rows": None} if "link_rows" in watched else ordered
    return watched == ordered


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(talks(), st.sampled_from([0, 50, 400]))
def test_generated_programs(talk: tuple[int, str], watch_after: int) -> None:
    cores, body = talk
    ordered = told(body, cores, None)
    assert ordered["status"] is Status.FINISHED
    assert told(body, cores, watch_after) == ordered
    for threads in (2, 4):
        assert told(body, cores, watch_after, jobs=threads, always_share=True) == ordered


@st.composite
def rounds(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[str, object], str]:
    """Cores all over a mesh, perhaps of several chips and with host cores; in rounds the same pairs talk.

    The later messages go along ways that their cores have noted, some of them out of the order of time.
    """
    numbers = tuple(sorted(draw(st.sets(st.integers(0, 63), min_size=2, max_size=12))))
    hosts = draw(st.sampled_from([0, 0, 2]))
    chips = draw(st.sampled_from([{}, {}, {"chip_rows": 4, "chip_columns": 4}]))
    everyone = [*numbers, *range(max(numbers) + 1, max(numbers) + 1 + hosts)]
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["send", "send", "exchange", "nonblocking", "array", "sync"]))
        one, other = draw(st.permutations(everyone))[:2]
        pause = draw(st.sampled_from([0, 3, 40, 1000]))
        lines.append({
            "send": f"if (id == {one}) {{ core->clock += {pause}; AT(1);"
                    f" rt->send(core, I(total), {other}); }}"
                    f"if (id == {other}) {{ AT(2); total += RECV({one}).as.integer % 1000; }}",
            "exchange": f"if (id == {one} || id == {other}) {{ core->clock += {pause}; AT(3);"
                        f" total += rt->sendrecv(core, I(id), id == {one} ? {other} : {one}).as.integer; }}",
            "nonblocking": f"if (id == {one}) {{ core->clock += {pause}; AT(4);"
                           f" rt->nonblocking_send(core, I(total), {other}); }}"
                           f"if (id == {other}) {{ AT(5); total += RECV({one}).as.integer % 1000; }}",
            "array": f"if (id == {one}) {{ AT(6); struct ep_array *a = ints(core, 9);"
                     f" rt->send_elements(core, a, {other}, 9); rt->release_array(core, a); }}"
                     f"if (id == {other}) {{ AT(7); for (int i = 0; i < 9; i++)"
                     f" total += RECV({one}).as.integer; }}",
            "sync": "AT(8); rt->sync(core);",
        }[kind])
    body = "\n".join(lines)
    repeated = (f"int64_t total = id; core->clock += {draw(st.sampled_from([0, 100, 5000]))} * (id % 5);"
                f"for (int round = 0; round < {draw(st.sampled_from([2, 12, 60]))}; round++) {{ {body} }}"
                f" AT(9); PRINT(I(total));")
    return numbers, {"rows": 8, "columns": 8, "host_cores": hosts, **chips}, repeated


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds(), st.sampled_from([0, 50, 400]))
def test_generated_rounds(talk: tuple[tuple[int, ...], dict[str, object], str], watch_after: int) -> None:
    numbers, mesh, body = talk
    ordered = facts(run(body, numbers, watch_after=None, **CONTENTION, **mesh))
    assert ordered["status"] is Status.FINISHED
    for sharing in ({"jobs": 1}, {"jobs": 3, "always_share": True}):
        watched = facts(run(body, numbers, watch_after=watch_after, **CONTENTION, **mesh, **sharing))
        assert agree(watched, ordered)


@st.composite
def journeys(draw: st.DrawFn) -> tuple[dict[str, object], str]:
    """Messages over a mesh of long lines, by so many ways that lines are taken as a whole.

    Most come in the order of time. Some are late, since their sender did nothing for long; some have more
    than 8 bytes: from then on lines are not taken as a whole.
    """
    rows, columns, chips = draw(st.sampled_from(
        [(8, 8, {}), (16, 4, {}), (1, 64, {}), (8, 16, {"chip_rows": 8, "chip_columns": 8})]))
    place = st.integers(0, rows * columns - 1)
    lines = []
    for _ in range(draw(st.integers(10, 60))):
        one, other = draw(st.lists(place, min_size=2, max_size=2, unique=True))
        pause = draw(st.sampled_from([0, 0, 0, 0, 7, 300, 1 << 20]))
        kind = draw(st.sampled_from(["send"] * 8 + ["exchange", "array"]))
        lines.append({
            "send": f"if (id == {one}) {{ core->clock += {pause}; AT(1);"
                    f" rt->send(core, I(total), {other}); }}"
                    f"if (id == {other}) {{ AT(2); total += RECV({one}).as.integer % 1000; }}",
            "exchange": f"if (id == {one} || id == {other}) {{ AT(3);"
                        f" total += rt->sendrecv(core, I(id), id == {one} ? {other} : {one}).as.integer; }}",
            "array": f"if (id == {one}) {{ AT(6); struct ep_array *a = ints(core, 9);"
                     f" rt->send_elements(core, a, {other}, 9); rt->release_array(core, a); }}"
                     f"if (id == {other}) {{ AT(7); for (int i = 0; i < 9; i++)"
                     f" total += RECV({one}).as.integer; }}",
        }[kind])
    together = draw(st.sampled_from(["AT(8); rt->sync(core);", ""]))
    rounds = draw(st.sampled_from([1, 3, 20]))
    body = (f"int64_t total = id; for (int round = 0; round < {rounds}; round++) {{"
            f" {together} {' '.join(lines)} }} AT(9); PRINT(I(total));")
    return {"rows": rows, "columns": columns, **chips}, body


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(journeys(), st.sampled_from([0, 50, 400]))
def test_generated_journeys(journey: tuple[dict[str, object], str], watch_after: int) -> None:
    mesh, body = journey
    cores = int(str(mesh["rows"])) * int(str(mesh["columns"]))
    ordered = told(body, cores, None, **mesh)
    assert ordered["status"] is Status.FINISHED
    for sharing in ({"jobs": 1}, {"jobs": 3, "always_share": True}):
        assert agree(told(body, cores, watch_after, **mesh, **sharing), ordered)


def test_links_are_not_watched_while_a_message_is_under_way_that_had_to_wait() -> None:
    """Which half of core 8's sendrecv is done first decides whether links are to blame for its wait."""
    body = """
        for (int round = 0; round < 2; round++) {
            AT(1); rt->sync(core);
            if (id == 0) { core->clock += 1000; AT(2); rt->send(core, I(id), 14); }
            if (id == 14) { AT(3); RECV(0); }
            if (id == 14 || id == 8) { AT(4); rt->sendrecv(core, I(id), id == 14 ? 8 : 14); }
        }"""
    numbers = (0, *range(8, 19))
    ordered = facts(run(body, numbers, watch_after=None, **CONTENTION, rows=8, columns=8))
    for watch_after in (0, 50, 400):
        assert facts(run(body, numbers, watch_after=watch_after, **CONTENTION, rows=8, columns=8)) == ordered


# ---- beginning again ---------------------------------------------------------------------------------------

# Counted where the emulated machine does not see it.
BEGUN = "static int begun; if (id == 0) begun++;"
TELL = "AT(8); rt->sync(core); if (id == 0) { core->clock += 1 << 20; AT(9); PRINT(I(begun)); }"
# A word goes round 16 cores: no two messages meet on a link.
QUIET = """
    AT(1); if (id == 0) { rt->send(core, I(1), 1); RECV(n - 1); }
    else { RECV(id - 1); AT(2); rt->send(core, I(1), (id + 1) % n); }"""
# Core 1 posts to core 3 when core 0's message is at its own first link.
MEETING = """
    AT(3); rt->sync(core); core->clock = round * 4000 + 2000 + 3 * (id == 1);
    if (id < 2) { AT(4); rt->send(core, I(1), 3); }
    else if (id == 3) { RECV(0); RECV(1); }"""


@pytest.mark.parametrize(
    ("watch_after", "meets", "begun"),
    [
        (None, "1", 1),
        (0, "0", 1),
        (0, "round == 90", 2),
        (0, "round % 3 == 0", 3),
        (400_000, "round % 3 == 0", 1),
    ],
)
def test_where_messages_meet_the_run_begins_again(watch_after: int | None, meets: str, begun: int) -> None:
    """At the latest in the third attempt it keeps the order of device time to its end."""
    body = f"{BEGUN} for (int round = 0; round < 100; round++) {{ if ({meets}) {{ {MEETING} }} {QUIET} }}"
    outcome = run(body + TELL, 16, watch_after=watch_after, **CONTENTION)
    assert lines(outcome) == [f"[device 0] {begun}"]
    assert told(body, 16, watch_after) == told(body, 16, None)


def test_a_tick_between_two_messages_is_no_reason_to_begin_again() -> None:
    """The core that it finds there posts its message before those that come later in the order of time."""
    body = f"""
        {BEGUN}
        for (int round = 0; round < 2000; round++) {{
            core->clock += 9;
            if (round % 100 == 0 && id == 1 + round / 100 % 15) rt->attend(core);
            if (id > 0) {{ AT(1); rt->send(core, I(1), 0); }}
            for (int from = 1; id == 0 && from < n; from++) {{ core->clock += 90; AT(2); RECV(from); }}
        }}"""
    assert lines(run(body + TELL, 16, watch_after=20_000, **CONTENTION)) == ["[device 0] 1"]


def sends(one: int, other: int, at: int) -> str:
    """A message that core `one` posts to core `other` at so many ticks."""
    return (f"if (id == {one}) {{ core->clock = {at}; AT(4); rt->send(core, I(1), {other}); }}"
            f" else if (id == {other}) RECV({one});")


def one_after_the_other(start: int, *cores: int) -> str:
    """Each sends to the next."""
    pairs = enumerate(itertools.pairwise(cores))
    return "".join(sends(one, other, start + 1000 * turn) for turn, (one, other) in pairs)


WAYS = one_after_the_other(20000, 1, 5, 2, 6, 3, 7, 0, 4)
# Then core 0 comes to its next message before cores 1 and 2 come to theirs, whatever their clocks are.
THEN = "".join(sends(4, other, 30000 + 1000 * other) for other in (0, 2, 1))
ARRAY = """
    if (id == 2) {
        AT(6); struct ep_array *a = ints(core, 9);
        rt->send_elements(core, a, 6, 9); rt->release_array(core, a); }
    else if (id == 6) for (int i = 0; i < 9; i++) RECV(2);"""
EARLY = "if (id == 0) { core->clock = 90000; AT(5); rt->send(core, I(1), 7); }"
MEETS_IT = f"{sends(1, 3, 90003)} if (id == 7) RECV(0);"


@pytest.mark.parametrize("body", [
    # The later message of the two is posted when the line of links is
    pytest.param(f"{WAYS} {THEN} {EARLY} {MEETS_IT}", id="whole"),
    pytest.param(f"{EARLY} {one_after_the_other(20000, 1, 5, 2, 6, 3, 7, 1, 7)} {MEETS_IT}",
                 id="whole, the earlier one was before"),
    pytest.param(f"{WAYS} {THEN} {EARLY} {ARRAY} {MEETS_IT}", id="split, the earlier one was before"),
    pytest.param(f"{sends(1, 3, 15000)} {WAYS} {THEN} {EARLY} {MEETS_IT}",
                 id="whole, and its way was noted before"),
    pytest.param(
        # Core 0 comes to its message only when no other core has anything to do.
        f"{WAYS} {THEN} {sends(1, 3, 45000)} {sends(1, 3, 50003)} {sends(1, 4, 55000)} "
        + "".join(sends(4, 7, 60000 + 1000 * turn) for turn in range(40))
        + " if (id == 0) { core->clock = 49900; AT(7); rt->probe(core, 3); core->clock = 50000; AT(5);"
          " rt->send(core, I(1), 3); } else if (id == 3) RECV(0);",
        id="split since one comes late, and the line has forgotten the other"),
])
def test_messages_that_meet_on_a_long_line(body: str) -> None:
    mesh = {"rows": 1, "columns": 8}
    assert lines(run(BEGUN + body + TELL, 8, watch_after=0, **CONTENTION, **mesh)) == ["[device 0] 2"]
    assert agree(told(body, 8, 0, **mesh), told(body, 8, None, **mesh))


def test_messages_that_come_late_to_a_long_line_and_meet_nobody() -> None:
    """Those that take other links of it, or come between others; also where these have been long ago."""
    body = f"""{BEGUN} {WAYS}
        if (id == 4) for (int turn = 0; turn < 20; turn++)
            {{ core->clock = 60000 + 1000 * turn; AT(4); rt->send(core, I(1), 7); }}
        if (id == 7) for (int turn = 0; turn < 20; turn++) RECV(4);
        if (id == 0) {{
            core->clock = 40000; AT(5); rt->probe(core, 3);
            for (int turn = 0; turn < 20; turn++) {{
                core->clock = 60500 + 1000 * turn; AT(5); rt->send(core, I(1), 3); }}
            core->clock += 10 << 20; rt->send(core, I(1), 7); rt->send(core, I(1), 7);
        }}
        if (id == 3) for (int turn = 0; turn < 20; turn++) RECV(0);
        if (id == 7) {{ RECV(0); RECV(0); }}"""
    mesh = {"rows": 1, "columns": 8}
    assert lines(run(body + TELL, 8, watch_after=0, **CONTENTION, **mesh)) == ["[device 0] 1"]
    assert agree(told(body, 8, 0, **mesh), told(body, 8, None, **mesh))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_printed_and_read_by_then_is_not_printed_and_read_again(jobs: int, tmp_path: Path) -> None:
    body = f"""
        {BEGUN}
        for (int round = 0; round < 60; round++) {{
            if (round == 50) {{ {MEETING} }}
            {QUIET}
            AT(5); if (id == round % n) PRINT(rt->input(core, S("more? ")));
            if (id == 3)
                for (int i = 0; i < 40; i++) {{ core->clock += 1; AT(6); PRINT(I(1000 * round + i)); }}
        }}
        {TELL}"""
    numbers = "".join(f"{number * 11}\n" for number in range(40))
    (tmp_path / "input").write_text(numbers + "8" * 5000 + "\n" * 30)
    written = []
    for watch_after in (None, 0):
        with (tmp_path / "input").open("rb") as text, (tmp_path / "output").open("wb") as output:
            run(body, 16, watch_after=watch_after, input_fd=text.fileno(), output_fd=output.fileno(),
                capture=False, jobs=jobs, always_share=jobs > 1, **CONTENTION)
        written.append((tmp_path / "output").read_text().splitlines())
    assert [text[-1] for text in written] == ["[device 0] 1", "[device 0] 2"]
    assert written[0][:-1] == written[1][:-1]
    assert len(written[0]) > 60 * 41


def test_the_fault_of_a_run_that_begins_again() -> None:
    body = f"for (int round = 0; round < 20; round++) {{ if (round == 10) {{ {MEETING} }} {QUIET} }}"
    ends = body + "AT(7); core->clock += 10 * id; PRINT(I(id)); if (id == 5) rt->fault(core, \"bad\");"
    assert told(ends, 16, 0) == told(ends, 16, None)
    assert told(ends, 16, 0)["fault"] is not None


# ---- several machines --------------------------------------------------------------------------------------

def test_machines_of_both_mesh_models_run_a_program_at_once() -> None:
    """They have one table of entries in common: it is made for one model and serves the other too."""
    body = (f"for (int round = 0; round < 400; round++) {{ {QUIET}"
            " AT(4); rt->sendrecv(core, I(id), id ^ 1); } AT(5); PRINT(I(id));")
    kinds: list[dict[str, Any]] = [
        {}, {"watch_after": 0, **CONTENTION}, {"watch_after": None, **CONTENTION},
        {"watch_after": 0, "jobs": 2, "always_share": True, **CONTENTION},
    ]
    alone = [facts(run(body, 16, **kind)) for kind in kinds]
    found: list[list[dict[str, Any]]] = [[] for _ in kinds]

    def several(number: int) -> None:
        for _ in range(5):
            found[number].append(facts(run(body, 16, **kinds[number])))

    threads = [threading.Thread(target=several, args=(number,)) for number in range(len(kinds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[one] * 5 for one in alone]
