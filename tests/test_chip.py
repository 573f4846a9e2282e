"""Chips: those that come with eptrans, files of a user's own, and every mistake in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eptrans.chip import FIELDS, ChipError, find_chip, names, parse_chip, read_chip
from eptrans.core_spec import OptionError, machine_options
from eptrans.machine import MachineOptions, MeshModel

WHOLE = "".join(
    f"[{section}]\n"
    + "".join(f"{field.key} = {field.least or 1}\n" for field in FIELDS if field.section == section)
    for section in ("chip", "mesh", "edge")
)
"""A file that gives every field."""


@pytest.mark.parametrize("name", names())
def test_every_number_of_a_chip_has_its_source(name: str) -> None:
    chip = find_chip(name)
    assert [field.name for field in FIELDS if not chip.numbers[field.name].source] == []


def test_the_chips_that_were_built() -> None:
    shapes = {
        name: (chip.rows, chip.columns, chip.local_memory, chip.clock_hz)
        for name, chip in ((name, find_chip(name)) for name in names())
    }
    assert shapes == {
        "epiphany3": (4, 4, 32 * 1024, 600e6),
        "epiphany4": (8, 8, 32 * 1024, 800e6),
        "epiphany5": (32, 32, 64 * 1024, 600e6),
    }


def test_a_file_of_plain_numbers(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WHOLE.replace("local_memory = 1", 'local_memory = "128K"'), encoding="utf-8")
    chip = read_chip(path)
    assert (chip.name, chip.local_memory, chip["edge.host_bytes"]) == ("mine", 128 * 1024, 0.001)


def test_a_chip_based_on_another(tmp_path: Path) -> None:
    path = tmp_path / "quick.toml"
    path.write_text('based_on = "epiphany4"\n[mesh]\nhop = 1\n', encoding="utf-8")
    chip = read_chip(path)
    assert (chip.rows, chip["mesh.hop"], chip["mesh.startup"]) == (8, 1, 6)


def test_the_example_of_the_documentation() -> None:
    text = (Path(__file__).parent.parent / "docs" / "model.md").read_text(encoding="utf-8")
    chip = parse_chip("mine.toml", text.split("```toml\n")[1].split("```")[0])
    assert (chip.rows, chip.columns, chip.local_memory, chip.clock_hz) == (16, 16, 64 * 1024, 1e9)
    assert (chip["mesh.hop"], chip["mesh.link_bytes"], chip["edge.link_bytes"]) == (1, 16, 4)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b'\xef\xbb\xbfbased_on = "epiphany3"\r\n[mesh]\r\nhop = 2\r\n')
    assert read_chip(path)["mesh.hop"] == 2


def based(*lines: str) -> str:
    """The text of a chip that takes what is not given from another."""
    return "\n".join(['based_on = "epiphany3"', *lines])


MISTAKES = {
    "nothing": ("", "CHIP: chip.rows is missing (rows of cores)"),
    "one missing": (WHOLE.replace("hop = 1\n", "", 1), "CHIP:6: mesh.hop is missing"),
    "negative": (based("[mesh]", "hop = -1"), "CHIP:3: mesh.hop is -1, but must be from 0 to 10,000 (cycles"),
    "no number": (
        based("[mesh]", 'hop = "fast"'),
        'CHIP:3: mesh.hop must be a number (cycles from one core to the next), not "fast"',
    ),
    "a bool": (based("[chip]", "", "rows = true"), "CHIP:4: chip.rows must be a number (rows of cores), not"),
    "more digits than Python reads": (
        based("[mesh]", "hop = ") + "9" * 5000,
        "CHIP: it has a number with too many digits",
    ),
    "more digits than Python writes": (
        based("[mesh]", "hop = 0x") + "f" * 5000,
        "CHIP:3: mesh.hop is a number with too many digits",
    ),
    "nan": (based("[mesh]", "hop = nan"), "CHIP:3: mesh.hop is nan, but"),
    "a date": (based("[mesh]", "hop = 2024-01-01"), "(cycles from one core to the next), not 2024-01-01"),
    "a list": (based("[mesh]", "hop = [1]"), "(cycles from one core to the next), not a list"),
    "infinite": (based("[chip]", "clock_mhz = inf"), "CHIP:3: chip.clock_mhz is inf, but"),
    "a third": (based("[mesh]", "hop = 0.3"), "CHIP:3: mesh.hop is 0.3, but must be a multiple"),
    "half a row": (based("[chip]", "rows = 2.5"), "chip.rows is 2.5, but must be a whole number"),
    "too large": (based("[chip]", "rows = 65"), "CHIP:3: chip.rows is 65, but must be from 1 to 64"),
    "unknown field": (
        based("[mesh]", "hopp = 2"),
        "CHIP:3: hopp is not a field of [mesh]: did you mean hop?",
    ),
    "unknown table": ("[mesch]\nhop = 2", "CHIP:1: mesch is not a table of a chip: did you mean mesh?"),
    "not a table": ("mesh = 3", "CHIP:1: mesh is a table"),
    "unknown base": (
        'based_on = "epiphany33"',
        'CHIP:1: based_on names no chip that comes with eptrans: did you mean "epiphany3"?',
    ),
    "base no text": (
        "based_on = 3",
        "CHIP:1: based_on names no chip that comes with eptrans: there are epiphany3",
    ),
    "unknown part": (
        based("[mesh.hop]", "values = 1"),
        "CHIP:3: values is not a part of mesh.hop: did you mean value?",
    ),
    "no value": (based("[mesh.hop]", 'note = "x"'), "CHIP:2: mesh.hop has no value"),
    "unknown source": (
        based("[mesh]", 'hop = {value = 1, source = "me"}'),
        "CHIP:3: the source 'me' of mesh.hop is not in [sources]",
    ),
    "syntax": ("[chip\nrows = 3", "CHIP:1:6: this is not TOML: "),
    "syntax at the end": ('[chip]\nrows = "3', "CHIP:2"),
    "memory": (
        based("[chip]", 'local_memory = "much"'),
        'CHIP:3: chip.local_memory must be a number, or text as in "32K" (bytes of',
    ),
    "too much memory": (
        based("[chip]", 'local_memory = "99999999999999 GiB"'),
        'CHIP:3: chip.local_memory is "99999999999999 GiB", but must be from 0 to 1,073,741,824 (bytes of',
    ),
    "a field without its table": (
        based("rows = 4"),
        "CHIP:2: rows is not a table of a chip: it belongs under [chip]",
    ),
    "a field in another's table": (
        based("[chip]", "hop = 1"),
        "CHIP:3: hop is not a field of [chip]: it belongs under [mesh]",
    ),
    "a field of two tables": (
        based("link_bytes = 1"),
        "CHIP:2: link_bytes is not a table of a chip: it belongs under [mesh] or [edge]",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_name_file_field_and_line(mistake: str, tmp_path: Path) -> None:
    text, message = MISTAKES[mistake]
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ChipError) as caught:
        read_chip(path)
    assert str(caught.value).startswith(message.replace("CHIP", str(path))) or message in str(caught.value)
    assert "\n" not in str(caught.value)


VALUES = st.sampled_from(
    ["1", "-1", "0.3", "nan", '"32K"', '"x"', "[1]", "{}", "{value=1}", "{value=[]}", "true"]
)
KEYS = st.sampled_from([field.key for field in FIELDS] + ["hopp", "x.y", "'a b'"])
TABLES = st.sampled_from(["[chip]", "[mesh]", "[edge]", "[sources]", "[[mesh]]", "[mesh.hop]", "[nets]", ""])
LINES = st.one_of(TABLES, st.builds("{} = {}".format, KEYS, VALUES), st.text(max_size=8))


@given(st.lists(LINES, max_size=8), st.booleans())
def test_any_text_is_a_chip_or_an_error_of_one_line(lines: list[str], based: bool) -> None:
    text = "\n".join((['based_on = "epiphany3"'] if based else []) + lines)
    try:
        chip = parse_chip("mine.toml", text)
    except ChipError as error:
        assert str(error).startswith("mine.toml:")
        assert str(error).isprintable()
    else:
        assert set(chip.numbers) == {field.name for field in FIELDS}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ChipError, match="cannot be read: no such file"):
        find_chip(str(tmp_path / "none.toml"))
    path = tmp_path / "binary.toml"
    path.write_bytes(b"ab\xff")
    with pytest.raises(ChipError, match="not text in UTF-8 \\(byte 3\\)"):
        find_chip(str(path))


# ---- the machine that the options describe -----------------------------------------------------------------

MACHINES: dict[str, tuple[dict[str, object], str, int]] = {
    "default": ({}, "epiphany3, 4x4 cores", 16),
    "a mesh without a chip": ({"mesh": "8x8", "cores": "all"}, "like epiphany3, but 8x8 cores", 64),
    "many cores without a chip": ({"cores": 100}, "like epiphany3, but 10x10 cores", 100),
    "a chip": ({"chip": "epiphany4"}, "epiphany4, 8x8 cores", 16),
    "a part of a chip": ({"chip": "epiphany4", "mesh": "2x3"}, "2x3 cores of epiphany4", 6),
    "chips": ({"chips": "2x3", "cores": "all"}, "2x3 chips of epiphany3, 8x12 cores", 96),
    "chips of a kind": ({"chip": "epiphany5", "chips": "2x2"}, "2x2 chips of epiphany5, 64x64 cores", 16),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_machines(machine: str) -> None:
    settings, description, cores = MACHINES[machine]
    options = machine_options(**settings)  # type: ignore[arg-type]
    assert (options.description, len(options.cores)) == (f"{description}, mesh model ideal", cores)


def test_the_chip_gives_the_local_memory() -> None:
    assert machine_options(chip="epiphany5").local_memory == 64 * 1024
    assert machine_options(chip="epiphany5", local_memory="8K").local_memory == 8 * 1024


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a mesh larger than the chip": (
        {"chip": "epiphany3", "mesh": "4x5"},
        "a mesh of 4x5 is larger than the chip",
    ),
    "a core that the chip has not": (
        {"chip": "epiphany3", "cores": "16"},
        "core 16 is not there: epiphany3 has 4x4",
    ),
    "too many chips": ({"chip": "epiphany5", "chips": "1x3"}, "make a 32x96 mesh"),
    "a chip that does not exist": (
        {"chip": "epifany4"},
        "there is no chip 'epifany4': did you mean epiphany4?",
    ),
    "a model that does not exist": (
        {"mesh_model": "real"},
        "there is no mesh model 'real': there are ideal and contention",
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_machines_that_cannot_be(mistake: str) -> None:
    settings, message = REFUSED[mistake]
    with pytest.raises(OptionError) as caught:
        machine_options(**settings)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_the_model_is_part_of_the_description() -> None:
    options = MachineOptions(cores=(0,), mesh_model=MeshModel.CONTENTION)
    assert options.description == "epiphany3, 4x4 cores, mesh model contention"
