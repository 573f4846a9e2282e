"""What users write about the machine: cores, mesh, sizes."""

import re

import numpy
import pytest

from eptrans.core_spec import (
    OptionError,
    cores_of,
    first_cores,
    fit_mesh,
    machine_options,
    parse_cores,
    parse_mesh,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("3", (3,)),
        ("1,2,9", (1, 2, 9)),
        ("1:7", (1, 2, 3, 4, 5, 6, 7)),
        ("5:5", (5,)),
        ("1,3:5", (1, 3, 4, 5)),
        ("9,1", (1, 9)),
        (" 1 , 3 : 5 ", (1, 3, 4, 5)),
        ("4095", (4095,)),
        ("all", tuple(range(16))),
        ("ALL", tuple(range(16))),
    ],
)
def test_core_specifications(text, cores):
    assert parse_cores(text) == cores


def test_all_is_every_core_of_the_mesh():
    assert parse_cores("all", mesh=(2, 3)) == tuple(range(6))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1:x", "'x' is not a core number in core specification '1:x'"),
        ("", "a core number is missing"),
        ("1,,2", "a core number is missing"),
        ("1:", "a core number is missing"),
        ("-1", "'-1' is not a core number"),
        ("1.5", "'1.5' is not a core number"),
        ("٣", "is not a core number"),
        ("3:1", "the range 3:1 in core specification '3:1' is backwards: write 1:3"),
        ("1:2:3", "'1:2:3' in core specification '1:2:3' is not a range"),
        ("1,1", "core 1 is named more than once"),
        ("0:4,2", "core 2 is named more than once"),
        ("4096", "core 4096 in core specification '4096' does not exist: core numbers run from 0 to 4095"),
        ("0:999999999", "core 999999999 in core specification"),
        ("1" * 40, "is not a core number"),
    ],
)
def test_wrong_core_specifications(text, message):
    with pytest.raises(OptionError, match=re.escape(message)) as caught:
        parse_cores(text)
    assert "\n" not in str(caught.value)


def test_cores_from_python():
    assert cores_of(3) == (0, 1, 2)
    assert cores_of("3") == (3,)
    assert cores_of(range(2, 5)) == (2, 3, 4)
    assert cores_of([9, 1]) == (1, 9)
    for wrong in ([], [1, 1], [-1], [4096]):
        with pytest.raises(OptionError):
            cores_of(wrong)


@pytest.mark.parametrize("count", [0, -1, 4097, 5000])
def test_wrong_counts(count):
    with pytest.raises(OptionError, match="give a number from 1 to 4096"):
        first_cores(count)


def test_host_cores_alone():
    assert machine_options(0, host=2).cores == ()
    with pytest.raises(OptionError):
        machine_options(0)
    with pytest.raises(OptionError, match="the number of host cores cannot be -1"):
        machine_options(1, host=-1)


@pytest.mark.parametrize(
    ("text", "mesh"), [("4x4", (4, 4)), ("1x1", (1, 1)), ("8X16", (8, 16)), ("64 x 64", (64, 64))]
)
def test_meshes(text, mesh):
    assert parse_mesh(text) == mesh


@pytest.mark.parametrize("text", ["4", "4x", "x4", "4x4x4", "axb", "", "4*4", "-4x4"])
def test_what_is_not_a_mesh(text):
    with pytest.raises(OptionError, match="is not a mesh: write rows x columns"):
        parse_mesh(text)


@pytest.mark.parametrize("text", ["0x4", "4x0", "65x1", "1x65"])
def test_meshes_that_cannot_be_built(text):
    with pytest.raises(OptionError, match="rows and columns are from 1 to 64"):
        parse_mesh(text)


def test_default_mesh():
    assert fit_mesh(tuple(range(16)), None) == (4, 4)
    assert fit_mesh((0,), None) == (4, 4)
    assert fit_mesh((), None) == (4, 4)
    assert fit_mesh((16,), None) == (5, 5)
    assert fit_mesh(tuple(range(64)), None) == (8, 8)
    assert fit_mesh((4095,), None) == (64, 64)


def test_cores_that_the_mesh_has_no_room_for():
    with pytest.raises(
        OptionError, match=re.escape("core 16 is not on a 4x4 mesh, which has cores 0 to 15: use --mesh 5x5")
    ):
        machine_options(17, mesh="4x4")
    assert machine_options(6, mesh="2x3").columns == 3


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("32768", 32768), ("32K", 32768), ("32k", 32768), ("32KiB", 32768), ("32 KB", 32768),
     ("1M", 1 << 20), ("2G", 2 << 30), ("7b", 7)],
)  # fmt: skip
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "K", "-1", "1.5K", "32X", "32KK", "0x10", "1e3"])
def test_what_is_not_a_size(text):
    with pytest.raises(OptionError, match="is not a size"):
        parse_size(text)


def test_sizes_out_of_range():
    with pytest.raises(OptionError, match="the shared memory, in bytes, cannot be 9{20}: give"):
        machine_options(shared_memory="99999999999999999999")
    with pytest.raises(OptionError, match="the local memory of a core"):
        machine_options(local_memory="2G")
    with pytest.raises(OptionError, match="the shared memory"):
        machine_options(shared_memory=-1)
    with pytest.raises(OptionError, match="the seed"):
        machine_options(seed=1 << 64)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cores": 2.5}, "the number of cores is a whole number, not 2.5"),
        ({"cores": [0, 1.5]}, "a core is a whole number, not 1.5"),
        ({"cores": ["1"]}, "a core is a whole number, not '1'"),
        ({"mesh": 7}, "7 is not a mesh: give rows and columns, as in (4, 4) or '4x4'"),
        ({"mesh": (3,)}, "(3,) is not a mesh"),
        ({"mesh": ("4", 4)}, "rows is a whole number, not '4'"),
        ({"chips": (2, 2, 2)}, "(2, 2, 2) is not a grid of chips"),
        ({"jobs": 1.5}, "the number of host threads is a whole number, not 1.5"),
        ({"jobs": "2"}, "the number of host threads is a whole number, not '2'"),
        ({"seed": 0.5}, "the seed is a whole number, not 0.5"),
        ({"host": None}, "the number of host cores is a whole number, not None"),
        ({"local_memory": 1e4}, "the local memory of a core, in bytes, is a whole number, not 10000.0"),
    ],
)
def test_what_a_python_caller_cannot_give(given, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        machine_options(**given)


def test_numbers_of_numpy_are_numbers():
    options = machine_options(numpy.arange(2, 5), seed=numpy.int64(3), mesh=numpy.array([2, 4]))
    assert (options.cores, options.seed, options.rows, options.columns) == ((2, 3, 4), 3, 2, 4)
    assert machine_options(numpy.int32(7)).cores == tuple(range(7))
    # Small ones become Python's own: the runtime calculates with 64 bits.
    small = machine_options(
        seed=numpy.uint8(3), host=numpy.int8(1), local_memory=numpy.uint16(512), shared_memory=numpy.int16(0)
    )
    numbers = (small.seed, small.host_cores, small.local_memory, small.shared_memory)
    assert [(type(number), number) for number in numbers] == [(int, 3), (int, 1), (int, 512), (int, 0)]
