"""The Python calls: build, load, Program.run, Result and the errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import eptrans

FARM = """
from parallel import *
from taskfarm import *
initTaskFarm(0)
if coreid()==0:
	for i in range(1, numcores()):
		execFunction(i, square, i)
	total = 0
	for i in range(1, numcores()):
		total = total + waitFunctionFinish(i)
	print total
	shutdownTaskFarm()
else:
	worker()
def square(x):
	return x*x
"""


pytestmark = pytest.mark.usefixtures("own_cache")


def built(folder: Path, text: str, **options: object) -> eptrans.Program:
    path = folder / "prog.py"
    path.write_text(text)
    return eptrans.build(path, **options)  # type: ignore[arg-type]


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import eptrans, sys; print([m for m in sys.modules if m.startswith(('eptrans.', 'numpy', 'click'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_public_names() -> None:
    for name in eptrans.__all__:
        assert getattr(eptrans, name) is not None
        assert name in dir(eptrans)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        eptrans.nothing  # noqa: B018


def test_a_run_and_its_numbers(tmp_path: Path) -> None:
    result = built(tmp_path, FARM).run(cores=4)
    assert result.output == "[device 0] 14\n"
    assert result.lines == {0: ["14"], 1: [], 2: [], 3: []}
    assert result.cores["core"].tolist() == [0, 1, 2, 3]
    assert not result.cores["host"].any()
    assert result.cores["tasks"].tolist() == [0, 1, 1, 1]
    assert (result.cores["cycles"] > 0).all()
    assert result.wait.shape == (4,)
    assert (result.wait <= result.cores["cycles"]).all()
    assert result.cycles == result.cores["cycles"].max()
    assert result.seconds == pytest.approx(result.cycles / 600e6)
    assert isinstance(result.wait, numpy.ndarray)


def test_what_a_result_shows_of_itself(tmp_path: Path) -> None:
    result = built(tmp_path, FARM).run(cores=4, record=True)
    assert repr(result) == f"<eptrans.Result: 4 cores, {result.cycles:,.1f} cycles, 1 lines printed>"
    shown = f"<eptrans Recording of 4 cores on epiphany3: {result.cycles:,.1f} cycles, "
    assert repr(result.recording).startswith(shown)


def test_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    result = built(tmp_path, 'print "a\\x0cb\\x1cc"\nprint ""\nprint "d\\ne"\n').run(cores=1)
    assert result.lines == {0: ["a\x0cb\x1cc", "", "d", "e"]}
    assert built(tmp_path, "x=1\n").run(cores=1).lines == {0: []}


@pytest.mark.parametrize(("word", "message"), [
    (16, "the machine word is 32 or 64 bits, not 16"),
    ("32", "the machine word is a whole number, not '32'"),
    (32.0, "the machine word is a whole number, not 32.0"),
])  # fmt: skip
def test_words_that_there_are_not(word: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(eptrans.OptionError, match=message):
        built(tmp_path, "x=1\n", word=word)


def test_every_run_is_the_same(tmp_path: Path) -> None:
    program = built(tmp_path, "from random import random\nprint random()\n")
    first, second, other = program.run(seed=1), program.run(seed=1), program.run(seed=2)
    assert first.output == second.output
    assert first.outcome.cycles == second.outcome.cycles
    assert first.output != other.output


def test_cores_in_every_form(tmp_path: Path) -> None:
    program = built(tmp_path, "from parallel import *\nprint ishost()\n")
    assert program.run("1,3:5").outcome.core_ids == [1, 3, 4, 5]
    assert program.run(range(2)).outcome.core_ids == [0, 1]
    assert program.run(cores=17, mesh=(5, 4)).outcome.core_ids == list(range(17))
    hosts = program.run(cores=2, host=1)
    assert hosts.lines[2] == ["true"]
    assert hosts.cores["host"].tolist() == [False, False, True]
    with pytest.raises(eptrans.EptransError, match="core 16 is not on a 4x4 mesh"):
        program.run(17, mesh="4x4")
    with pytest.raises(ValueError, match="0 cores"):
        program.run(0)


def test_input(tmp_path: Path) -> None:
    program = built(tmp_path, "x=input('? ')\nprint x+1\n")
    assert "42" in program.run(1, input="41\n").output
    with pytest.raises(eptrans.Fault, match="end of"):
        program.run(1)


def test_standards_and_words(tmp_path: Path) -> None:
    assert built(tmp_path, "print 7/2\n").run(1).lines[0] == ["3"]
    assert built(tmp_path, "print(7/2)\n", std="python3").run(1).lines[0] == ["3.5"]
    big = "x=1\nfor i in range(40): x=x*2\nprint(x)\n"
    assert built(tmp_path, big, word=64).run(1).lines[0] == [str(2**40)]
    assert built(tmp_path, big, word=32).run(1).lines[0] == ["0"]
    with pytest.raises(eptrans.EptransError, match="'c' is not a standard"):
        built(tmp_path, big, std="c")
    with pytest.raises(eptrans.EptransError, match="32 or 64 bits, not 16"):
        built(tmp_path, big, word=16)


def test_saving_and_loading(tmp_path: Path) -> None:
    program = built(tmp_path, "print 'x'\n", output=tmp_path / "a.epx")
    loaded = eptrans.load(tmp_path / "a.epx")
    assert loaded.c_text == program.c_text
    assert loaded.run(1).output == "[device 0] x\n"
    assert repr(loaded) == f"<eptrans.Program {str(tmp_path / 'prog.py')!r} std=epython word=32>"


def test_errors_of_a_build(tmp_path: Path) -> None:
    with pytest.raises(eptrans.CompileError, match=r"prog\.py:1:7: error") as caught:
        built(tmp_path, "print undefined_name\n")
    assert len(caught.value.diagnostics) == 1
    with pytest.raises(eptrans.EptransError, match="'nosuchcc' given by --cc"):
        built(tmp_path, "print 1\n", cc="nosuchcc")


def test_a_fault(tmp_path: Path) -> None:
    with pytest.raises(eptrans.Fault, match="division by zero") as caught:
        built(tmp_path, "print 'before'\nx=0\nprint 1/x\n").run(1)
    error = caught.value
    assert error.output == "[device 0] before\n"
    assert "prog.py:3" in str(error)
    assert "print 1/x" in str(error)
    assert error.result.outcome.fault is not None
    assert error.result.outcome.fault.core == 0


def test_a_deadlock(tmp_path: Path) -> None:
    with pytest.raises(eptrans.DeadlockError, match="core 0: recv from core 1") as caught:
        built(tmp_path, "from parallel import *\nif coreid()==0: print recv(1)\n").run(2)
    assert [wait.core for wait in caught.value.result.outcome.waits] == [0]
    assert isinstance(caught.value, eptrans.RunError)


def test_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("while 1==1: pass\n")
    code = (
        "import eptrans, eptrans.runtime.core, os, signal, threading\n"
        "program = eptrans.build('prog.py')\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n    program.run(2)\n"
        "except KeyboardInterrupt as error:\n"
        "    print(type(error).__name__, isinstance(error, eptrans.RunError))\n"
    )
    output = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True, timeout=30)
    assert output == "Interrupted True\n"


def test_an_unchanged_program_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = built(tmp_path, "print 'once'\n")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("eptrans.toolchain._compile", never)
    assert built(tmp_path, "print 'once'\n").c_text == first.c_text
    with pytest.raises(AssertionError):
        built(tmp_path, "print 'twice'\n")
