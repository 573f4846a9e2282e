"""Code, globals, strings and the stack pay where they lie in shared memory; programs that fit pay nothing.

Each case says what one run does with what is placed there; that much, at the prices of the cost table, is
what the clock must show besides that of the same program with all in local memory, however it is run.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import eptrans
from eptrans.codegen.compiler_driver import CompilerNotFoundError
from eptrans.costs import cost_table
from eptrans.machine import MachineOptions, Outcome
from eptrans.record_options import RecordOptions
from eptrans.tables import show_sizes

COSTS = cost_table().runtime
FETCH, READ, WRITE = (COSTS[f"shared_{name}"].cycles for name in ("fetch", "read", "write"))
LOCAL = MachineOptions(cores=(0,), capture=True)
CODE = replace(LOCAL, code_in_shared_memory=True)
DATA = replace(LOCAL, data_in_shared_memory=True)


@dataclass(frozen=True)
class Pays:
    """What of a run is paid for: words of 8 bytes fetched, words read and written, 8 bytes of frames."""

    fetched: int = 0
    reads: int = 0
    writes: int = 0
    frames: int = 0

    @property
    def cycles(self) -> float:
        return self.fetched * FETCH + self.reads * READ + self.writes * WRITE + self.frames * (READ + WRITE)


# Bytes of code: an instruction 3, a call of a library or the runtime 8, a function's entry and return 24.
FAR_CODE = {
    # 24 of the function, 8 of the call
    "straight line": ("print 1\n", Pays(fetched=4)),
    # before the loop 24, moves and the count of iterations: 5 words; its test 11 times, its body and its step
    # 10 times: 6, 6 and 6 bytes, a word each; the call of print a word
    "a loop fetches its code each time": (
        "n=0\nfor i in range(10):\n\tn=n+i+3\nprint n\n", Pays(fetched=5 + 11 + 10 + 10 + 1)),
    # f: 24, the comparison and the branch 6: 4 words; the ways are returns of constants, which take nothing.
    # The top level: 24, a move and the call 11, the call of print 8, the same again: 62 bytes, 8 words
    "a function": ("def f(x):\n\tif x>3:\n\t\treturn 1\n\treturn 2\nprint f(1)\nprint f(5)\n",
                   Pays(fetched=8 + 2 * 4)),
}  # fmt: skip

GLOBALS = "g=1\nh=2.5\ndef f():\n\tglobal g\n\tg=g+1\n\treturn g+h\n"
FAR_DATA = {
    "globals are read and written": (GLOBALS + "print f()\nprint f()\n", Pays(reads=2 * 2, writes=2 + 2)),
    "globals in a loop": (
        "g=0\ndef f(n):\n\tglobal g\n\tfor i in range(n):\n\t\tg=g+i\nf(10)\n", Pays(reads=10, writes=11)),
    "a string constant is printed": ('print "123456789"\n', Pays(reads=3)),
    "a string is joined, and the new one printed": (
        'n=5\ns="abcde"+n\nprint s\n', Pays(reads=2 + 2, writes=2)),
    "a string is sliced": ('s="abcdefgh"\nt=s[0:4]\nprint t\n', Pays(reads=1 + 1, writes=1)),
    "a character of a string": ('s="abcdefgh"\nprint s[3]\n', Pays(reads=1 + 1, writes=1)),
    "a string repeated": ('s="abcdefgh"\nt=s*3\nprint 1\n', Pays(reads=6, writes=6)),
    "strings compared, as far as the shorter": (
        's="abcdefgh"\nt="abcd"\nif s<t: print 1\nelse: print 2\n', Pays(reads=1 + 1)),
    "an array printed": ("a=[1,2,3]\nprint a\n", Pays(reads=3, writes=3)),
    "a number read from a string": ('s="12345"\nprint int(s)\n', Pays(reads=2)),
}  # fmt: skip

# Each call of f stores a frame: 4 words and one a name.
FAR_STACK = {
    "a call": ("def f(a):\n\tb=a+1\n\treturn b\nprint f(3)\n", Pays(frames=3)),
    "a call through a value": ("def f(a):\n\tb=a+1\n\treturn b\ng=f\nprint g(3)\n", Pays(frames=3)),
    "calls in a loop": (
        "def f(a):\n\treturn a*2\nn=0\nfor i in range(10):\n\tn=n+f(i)\nprint n\n", Pays(frames=30)),
    "calls of calls": (
        "def f(a):\n\treturn g(a)+g(a)\ndef g(a):\n\treturn a*2\nprint f(1)\n", Pays(frames=9)),
}  # fmt: skip


def built(folder: Path, text: str, word: int = 32) -> eptrans.Program:
    path = folder / "prog.py"
    path.write_text(text)
    return eptrans.build(str(path), word=word)


def clock(program: eptrans.Program, options: MachineOptions) -> float:
    """Busy cycles of core 0, the same however the program is run."""
    found = []
    for jobs, record in ((1, None), (1, RecordOptions(lines=True)), (2, None)):
        chosen = replace(options, jobs=jobs, always_share=jobs > 1, record=record)
        outcome = program.run_machine(chosen)
        found.append(outcome.cycles[0] - outcome.waited[0])
    assert len(set(found)) == 1
    return found[0]


def more(program: eptrans.Program, options: MachineOptions) -> float:
    """Cycles that the program takes besides those of a run with all in local memory."""
    return clock(program, options) - clock(program, LOCAL)


@pytest.mark.parametrize("name", FAR_CODE)
def test_code_in_shared_memory_is_fetched_from_there(name: str, tmp_path: Path) -> None:
    text, pays = FAR_CODE[name]
    assert more(built(tmp_path, text), CODE) == pays.cycles


@pytest.mark.parametrize("name", FAR_DATA)
def test_globals_and_strings_in_shared_memory_pay_by_the_word(name: str, tmp_path: Path) -> None:
    text, pays = FAR_DATA[name]
    assert more(built(tmp_path, text), DATA) == pays.cycles


@pytest.mark.parametrize("name", FAR_STACK)
def test_frames_in_shared_memory_pay_at_each_call(name: str, tmp_path: Path) -> None:
    text, pays = FAR_STACK[name]
    program = built(tmp_path, text)
    layout = program.run_machine(LOCAL).layout
    assert layout is not None
    too_small = replace(LOCAL, local_memory=layout.code.size + layout.data.size)
    assert more(program, too_small) == pays.cycles


@pytest.mark.parametrize("word", [32, 64])
def test_a_stack_that_grows_past_its_part_of_local_memory_pays(word: int, tmp_path: Path) -> None:
    def cycles(depth: int) -> float:
        text = f"def f(n):\n\tif n==0: return 0\n\treturn f(n-1)+1\nprint f({depth - 1})\n"
        return clock(built(tmp_path, text, word), LOCAL)

    each = (cycles(90) - cycles(80)) / 10  # what a call takes in local memory
    # the top level's frame has 4 words, each of f's 5; 4,096 bytes lie in local memory
    local_words = 4096 // (word // 8)
    ends = [4 + 5 * call for call in range(1, 1001)]
    beyond = [end - max(end - 5, local_words) for end in ends if end > local_words]
    paid = sum(-(-words * (word // 8) // 8) for words in beyond)
    printed = 4  # print_character: one digit more
    assert cycles(1000) - cycles(90) == 910 * each + paid * (READ + WRITE) + printed


def test_an_overflow_of_the_stack_is_found_where_it_was(tmp_path: Path) -> None:
    program = built(tmp_path, "def f(n):\n\treturn f(n+1)+1\nprint f(0)\n")
    outcome = program.run_machine(LOCAL)
    assert outcome.fault is not None
    assert outcome.fault.message == "stack overflow: the calls need more than the stack's 65536 words"
    assert len(outcome.fault.frames) > 13_000


def test_lines_account_for_what_lies_in_shared_memory(tmp_path: Path) -> None:
    text = GLOBALS + 'for i in range(5):\n\tprint f()+len("abc"+i)\n'
    result = built(tmp_path, text)
    options = replace(CODE, data_in_shared_memory=True, record=RecordOptions(lines=True))
    outcome = result.run_machine(options)
    assert outcome.notes is not None
    assert sum(ticks for _, _, ticks, _ in outcome.notes.lines) == 2 * outcome.cycles[0]


@pytest.mark.parametrize("options", [CODE, DATA], ids=["code", "data"])
def test_without_a_compiler_the_error_says_what_it_is_needed_for(
    options: MachineOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = built(tmp_path, GLOBALS + "print f()\n")
    assert program.run_machine(LOCAL).output

    def none_here(_requested: str | None) -> None:
        raise CompilerNotFoundError("no C compiler was found")

    monkeypatch.setattr("eptrans.toolchain.find_compiler", none_here)
    what = "code" if options is CODE else "data"
    with pytest.raises(CompilerNotFoundError, match=f"the {what} of .*prog.py lies in shared memory, which"):
        program.run_machine(options)


def told(outcome: Outcome) -> list[str]:
    stream = io.StringIO()
    show_sizes(outcome, 4, stream)
    return stream.getvalue().splitlines()[3:]


def test_sizes_tell_what_shared_memory_costs(tmp_path: Path) -> None:
    program = built(tmp_path, GLOBALS + "a=[0]*10\nprint f()+a[0]\n")
    assert told(program.run_machine(LOCAL)) == []
    assert told(program.run_machine(replace(CODE, data_in_shared_memory=True))) == [
        "what lies in shared memory costs besides",
        "  code: 542 cycles for 8 bytes, each time they run",
        "  data: 542 cycles a word read, 11.5 a word written",
        "  arrays and strings: 542 cycles a word read, 11.5 a word written",
    ]
    assert told(program.run_machine(replace(LOCAL, local_memory=0)))[-2:] == [
        "  stack: 553.5 cycles a call for 8 bytes of the function's frame",
        "  arrays and strings: 542 cycles a word read, 11.5 a word written",
    ]
