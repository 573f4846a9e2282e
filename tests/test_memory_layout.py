"""Where code, data, stack and arrays lie, and that `-s` tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import eptrans
from eptrans.machine import MachineOptions
from eptrans.memory_layout import RECURSIVE_STACK_BYTES, Placed, Region, memory_layout

OPTIONS = MachineOptions(cores=(0, 1), local_memory=32768, shared_memory=1 << 20)


def test_all_lies_in_local_memory_where_it_fits() -> None:
    layout = memory_layout(1000, 200, 300, OPTIONS, 2)
    assert (layout.code, layout.data, layout.stack) == (
        Placed(1000, Region.LOCAL), Placed(200, Region.LOCAL), Placed(300, Region.LOCAL))
    assert (layout.arrays_local, layout.arrays_shared) == (32768 - 1500, 1 << 19)


def test_what_is_too_large_goes_to_shared_memory() -> None:
    layout = memory_layout(40_000, 200, 300, OPTIONS, 2)
    assert layout.code.region is Region.SHARED
    assert layout.arrays_local == 32768 - 500
    assert layout.arrays_shared == ((1 << 20) - 40_000) // 2  # one copy of the code for all cores
    layout = memory_layout(1000, 40_000, 300, OPTIONS, 2)
    assert layout.data.region is Region.SHARED
    assert layout.arrays_shared == (1 << 19) - 40_000  # each core has its own data


def test_options_choose_shared_memory() -> None:
    shared = replace(OPTIONS, code_in_shared_memory=True, data_in_shared_memory=True)
    layout = memory_layout(1000, 200, 300, shared, 2)
    assert (layout.code.region, layout.data.region) == (Region.SHARED, Region.SHARED)
    assert (layout.stack.region, layout.arrays_local) == (Region.LOCAL, 0)


def test_recursion_sets_a_fixed_part_aside() -> None:
    assert memory_layout(0, 0, 0, OPTIONS, 1).stack.size == RECURSIVE_STACK_BYTES
    small = replace(OPTIONS, stack_bytes=2048)
    assert memory_layout(0, 0, 0, small, 1).stack.size == 2048


@given(
    st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 65_536),
    st.booleans(), st.booleans(), st.integers(1, 64),
)
def test_parts_never_take_more_than_there_is(
    code: int, data: int, stack: int, local: int, code_shared: bool, data_shared: bool, cores: int
) -> None:
    options = replace(OPTIONS, local_memory=local, code_in_shared_memory=code_shared,
                      data_in_shared_memory=data_shared)
    layout = memory_layout(code, data, stack, options, cores)
    taken = layout.code.local + layout.data.local + layout.stack.local + layout.arrays_local
    assert taken == local or (data_shared and taken <= local)
    assert layout.arrays_shared >= 0


def test_the_table_shows_where_everything_lies(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text("a=[0]*100\nb=[0]*9000\nprint a[0]+b[0]\n")
    outcome = eptrans.build(str(path)).run(cores=1).outcome
    assert outcome.layout is not None
    parts = outcome.layout
    assert parts.code.size > 0 and parts.data.size == 0
    assert parts.stack.size == 4 * (4 + 2)  # the top level's frame: four words and a word a name
    assert outcome.local_peak == [4 * 102] and outcome.shared_peak == [4 * 9002]
    assert parts.arrays_local == 32768 - parts.code.size - 24
