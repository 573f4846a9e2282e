"""What a receiver pays: the message once, by whoever moves it, and the room for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import eptrans
from eptrans.costs import cost_table

COSTS = cost_table().runtime
HEAD = "from parallel import *\nif coreid()==0:\n\ta=[1]*{count}\n\t"
WAYS = {
    "elements": ("send(a, 1, {count})\nelse:\n\tb=recv(0, {count})\n", 0),
    "an array": ("send(a, 1)\nelse:\n\tb=recv(0)\n", 0),
    "both ways at once": ("b=sendrecv(a, 1, {count})\nelse:\n\tb=sendrecv([0]*{count}, 0, {count})\n",
                          COSTS["copy_word"].cycles),  # of [0]*count
    "single values": ("for x in a: send(x, 1)\nelse:\n\tb=recv(0, {count})\n",
                      COSTS["receive"].cycles + COSTS["copy_word"].cycles),
}  # fmt: skip


def busy(folder: Path, text: str, count: int) -> float:
    """Cycles in which the receiver did not wait."""
    path = folder / "prog.py"
    path.write_text((HEAD + text).format(count=count))
    outcome = eptrans.build(str(path)).run(cores=2).outcome
    return outcome.cycles[1] - outcome.waited[1]


@pytest.mark.parametrize("name", WAYS)
def test_what_an_element_costs_its_receiver(name: str, tmp_path: Path) -> None:
    text, each = WAYS[name]
    assert busy(tmp_path, text, 300) - busy(tmp_path, text, 200) == 100 * each


def test_room_is_made_for_what_comes(tmp_path: Path) -> None:
    value = busy(tmp_path, "send(len(a), 1)\nelse:\n\tb=recv(0)\n", 10)
    array = busy(tmp_path, "send(a, 1)\nelse:\n\tb=recv(0)\n", 10)
    text = busy(tmp_path, 'send("n"+len(a), 1)\nelse:\n\tb=recv(0)\n', 10)
    gives_back = COSTS["release"].cycles
    assert array - value == text - value == COSTS["allocate"].cycles + gives_back


def test_elements_of_sum_and_extremes_cost_what_the_table_says(tmp_path: Path) -> None:
    rows = cost_table().instructions(32)
    for call, row in (("sum", "sum_int"), ("min", "extreme_int"), ("max", "extreme_int")):
        clocks = []
        for count in (100, 200):
            path = tmp_path / "prog.py"
            path.write_text(f"a=[1]*{count}\nx={call}(a)\n")
            clocks.append(eptrans.build(str(path)).run(cores=1).cycles)
        assert clocks[1] - clocks[0] == 100 * (rows[row].cycles + COSTS["copy_word"].cycles)
