"""What lies in shared memory pays for each access; the prices are those of the cost table."""

from __future__ import annotations

from pathlib import Path

import pytest

import eptrans
from eptrans.costs import cost_table

READ = cost_table().runtime["shared_read"].cycles
WRITE = cost_table().runtime["shared_write"].cycles

# A program with `A` for the function that makes its arrays; reads and writes of them (setting to 0 among
# the writes).
PROGRAMS: dict[str, tuple[str, int, int]] = {
    "single accesses": ("a=A(10)\na[3]=5\nx=a[3]+a[-1]\nprint x\n", 2, 10 + 1),
    "a counted loop": ("a=A(10)\nfor i in range(10):\n\ta[i]=a[i]+i\nprint 1\n", 10, 10 + 10),
    "a conditional access": (
        "a=A(10)\nn=0\nfor i in range(10):\n\tif i>6:\n\t\tn+=a[i]+a[0]\nprint n\n", 2 * 3, 10),
    "a loop that may fault": ("a=A(10)\nn=1\nfor i in range(10):\n\tn+=100/(a[i]+n)\nprint n\n", 10, 10),
    "a while loop": ("a=A(10)\ni=0\nwhile a[i]==0 and i<9:\n\ti+=1\nprint i\n", 10, 10),
    "two dimensions": (
        "m=A(3,4)\nfor i in range(3):\n\tfor j in range(4):\n\t\tm[i][j]=i*j\nprint m[2][3]+m[1][1]\n",
        2, 12 + 12),
    "a slice": ("a=A(10)\nb=a[2:6]\nprint len(b)\n", 4, 10),
    "a copy": ("a=A(10)\nb=array(10)\narraycopy(b, a)\narraycopy(a, b)\nprint b[0]\n", 10, 10 + 10),
    "a sum": ("a=A(10)\nprint sum(a)\n", 10, 10),
    "elements in a message": (
        "a=A(10)\nif coreid()==0:\n\tsend(a, 1, 6)\nelse:\n\tb=recv(0, 6)\nprint 1\n", 6, 10),
    "an array as a message": (
        "a=A(10)\nif coreid()==0:\n\tsend(a, 1)\nelse:\n\tb=recv(0)\nprint 1\n", 10, 10),
}  # fmt: skip


def busy_cycles(folder: Path, text: str, make: str) -> float:
    """Of core 0, without those in which it waited for core 1."""
    path = folder / f"{make}.py"
    path.write_text(f"from array import *\nfrom parallel import *\n{text.replace('A(', make + '(')}")
    outcome = eptrans.build(str(path)).run(cores=2).outcome
    return outcome.cycles[0] - outcome.waited[0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_access_pays(name: str, tmp_path: Path) -> None:
    text, reads, writes = PROGRAMS[name]
    more = busy_cycles(tmp_path, text, "shared_mem_array") - busy_cycles(tmp_path, text, "array")
    assert more == reads * READ + writes * WRITE


def test_arrays_that_overflow_pay_too(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text("a=[0]*100\ns=0\nfor i in range(100):\n\ts+=a[i]\nprint s\n")
    program = eptrans.build(str(path))
    local, shared = (program.run(cores=1, local_memory=size).outcome for size in ("32K", 256))
    assert (local.shared_peak, shared.shared_peak) == ([0], [4 * 102])
    assert shared.cycles[0] - local.cycles[0] == 100 * (READ + WRITE)


def test_a_list_that_grows_out_of_local_memory_pays_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text("a=[0]\nfor i in range(1000):\n\ta[i]=i\nprint a[5]\n")
    program = eptrans.build(str(path))
    local, shared = (program.run(cores=1, local_memory=size).outcome for size in ("32K", 2048))
    assert shared.shared_peak == [4 * 1002]
    assert READ < shared.cycles[0] - local.cycles[0] < READ + 1000 * 2 * WRITE
