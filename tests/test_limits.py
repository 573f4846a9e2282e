"""Sizes: 4,096 cores, long programs, deep nesting, many arrays; and the same result on every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.case_files import output_by_core
from support.command_server import CommandPool, Completed, Job

import eptrans

MANY = 4096

HELLO = """from parallel import *
print "hello from "+coreid()
"""
RING = """from parallel import *
for lap in range(3):
	if coreid()==0:
		send(lap, 1)
		print recv(numcores()-1)
	else:
		x=recv(coreid()-1)
		send(x+1, (coreid()+1)%numcores())
"""
FARM = """from taskfarm import *
initTaskFarm(0)
def square(a): return a*a%1000
if coreid()==0:
	total=0
	for r in range(2):
		for p in range(1, numcores()): execFunction(p, square, p+r)
		for p in range(1, numcores()): total+=waitFunctionFinish(p)
	print total
	shutdownTaskFarm()
else:
	worker()
"""
REDUCE = """from parallel import *
from random import random
a=reduce(coreid(), "sum")
b=bcast(a+1, numcores()-1)
sync()
if coreid()==numcores()/2: print a+" "+b
"""
MIXED = """from taskfarm import *
from random import *
initTaskFarm(0)
def throw(n):
	hits=0
	for i in range(n):
		if random()^2+random()^2<1: hits+=1
	print "core "+coreid()+" hit "+hits
	return hits
if coreid()==0:
	total=0
	given=0
	while given<30:
		for p in range(1, numcores()):
			if testFunctionFinish(p): total+=waitFunctionFinish(p)
			execFunction(p, throw, randint(10, 200))
			given+=1
	shutdownTaskFarm()
	print "total "+total
else:
	worker()
x=reduce(random(), "sum")
print x
"""


def run(commands: CommandPool, folder: Path, program: str, *options: str) -> Completed:
    (folder / "prog.py").write_text(program, encoding="utf-8")
    return commands.run(Job(("run", "prog.py", *options), str(folder), limit=60))


def lines_of(done: Completed, core: int = 0) -> list[str]:
    assert (done.status, done.stderr) == (0, "")
    return output_by_core(done.stdout)[str(core)]


def test_hello_on_4096_cores(commands: CommandPool, tmp_path: Path) -> None:
    cores = output_by_core(run(commands, tmp_path, HELLO, "-d", str(MANY)).stdout)
    assert cores == {str(core): [f"hello from {core}"] for core in range(MANY)}


def test_ring_on_4096_cores(commands: CommandPool, tmp_path: Path) -> None:
    assert lines_of(run(commands, tmp_path, RING, "-d", str(MANY))) == ["4095", "4096", "4097"]


def test_farm_on_4096_cores(commands: CommandPool, tmp_path: Path) -> None:
    total = sum((p + r) ** 2 % 1000 for r in range(2) for p in range(1, MANY))
    assert lines_of(run(commands, tmp_path, FARM, "-d", str(MANY))) == [str(total)]


def test_reduce_on_4096_cores(commands: CommandPool, tmp_path: Path) -> None:
    done = run(commands, tmp_path, REDUCE, "-d", str(MANY), "--mesh", "64x64")
    assert lines_of(done, MANY // 2) == [f"{MANY * (MANY - 1) // 2} {MANY * (MANY - 1) // 2 + 1}"]


def test_deadlock_of_4096_cores_is_one_line(commands: CommandPool, tmp_path: Path) -> None:
    done = run(commands, tmp_path, "from parallel import *\nif coreid()>0: sync()\n", "-d", str(MANY))
    assert done.status == 1
    assert "cores 1-4095: sync at prog.py:2" in done.stderr
    assert len(done.stderr.splitlines()) < 8


def test_hundred_runs_are_the_same(commands: CommandPool, tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(MIXED)
    job = Job(("run", "prog.py", "-t", "--seed", "7"), str(tmp_path))
    first = commands.run(job)
    assert first.status == 0
    assert "total" in first.stdout
    others = [commands.submit(job) for _ in range(99)]
    assert {(done.result().stdout, done.result().stderr) for done in others} == {(first.stdout, first.stderr)}


def test_another_seed_gives_other_numbers(commands: CommandPool, tmp_path: Path) -> None:
    program = "from random import *\nprint random()\n"
    results = {run(commands, tmp_path, program, "-d", "1", "--seed", str(seed)).stdout for seed in (0, 1, 2)}
    assert len(results) == 3


def test_hundred_thousand_arrays_do_not_run_out_of_memory(commands: CommandPool, tmp_path: Path) -> None:
    program = ("def work(n):\n\ta=[n]*100\n\tb=a\n\tc=[0.5]*50\n\treturn b[99]\n"
               "last=[0]\ni=0\nwhile i<100000:\n\tlast=[i]*64\n\tx=work(i)\n\ts=\"text \"+i\n\ti+=1\n"
               "print last[63]\nprint x\nprint s\n")
    done = run(commands, tmp_path, program, "-d", "1", "--local-memory", "32768", "--shared-memory", "4096")
    assert lines_of(done) == ["99999", "99999", "text 99999"]


def test_a_program_of_ten_thousand_lines(commands: CommandPool, tmp_path: Path) -> None:
    lines = ["x=0"]
    for number in range(2000):
        lines += [f"def f{number}(a):", f"\tb=a+{number}", "\tif b>5: b=b-1", "\treturn b"]
    lines += [f"x=x+f{number}(1)" for number in range(2000)]
    total = sum(1 + n - (1 + n > 5) for n in range(2000))
    assert lines_of(run(commands, tmp_path, "\n".join([*lines, "print x", ""]), "-d", "1")) == [str(total)]


def test_a_body_of_five_thousand_statements(commands: CommandPool, tmp_path: Path) -> None:
    program = "x=0\n" + "".join(f"x=x+{n}\nif x>100: x=x-{n % 7}\n" for n in range(2500)) + "print x\n"
    x = 0
    for n in range(2500):
        x += n
        x -= n % 7 if x > 100 else 0
    assert lines_of(run(commands, tmp_path, program, "-d", "1")) == [str(x)]


@pytest.mark.parametrize("depth", [50, 500, 5000])
def test_nested_parentheses(depth: int, commands: CommandPool, tmp_path: Path) -> None:
    done = run(commands, tmp_path, f"x={'(' * depth}1{')' * depth}\nprint x\n", "-d", "1")
    if done.status == 0:
        assert lines_of(done) == ["1"]
    else:
        assert depth > 50
        assert done.status == 1
        assert "prog.py:1:" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("terms", [100, 1000, 20000])
def test_long_sums(terms: int, commands: CommandPool, tmp_path: Path) -> None:
    done = run(commands, tmp_path, f"x=1\nprint {'+'.join(['x'] * terms)}\n", "-d", "1")
    if done.status == 0:
        assert lines_of(done) == [str(terms)]
    else:
        assert terms > 1000
        assert done.status == 1
        assert "prog.py:2:" in done.stderr
        assert "Traceback" not in done.stderr


def test_deeply_nested_blocks(commands: CommandPool, tmp_path: Path) -> None:
    depth = 60
    program = "".join("    " * n + f"if {n}<100:\n" for n in range(depth)) + "    " * depth + "print 'deep'\n"
    done = run(commands, tmp_path, program, "-d", "1")
    if done.status == 0:
        assert lines_of(done) == ["deep"]
    else:
        assert done.status == 1
        assert "prog.py:" in done.stderr
        assert "Traceback" not in done.stderr


def test_much_output_comes_whole_and_in_order(commands: CommandPool, tmp_path: Path) -> None:
    done = run(commands, tmp_path, "i=0\nwhile i<200000:\n\tprint i\n\ti+=1\n", "-d", "2")
    assert done.status == 0
    cores = output_by_core(done.stdout)
    assert [len(cores["0"]), cores["0"][-1], len(cores["1"]), cores["1"][-1]] == [200000, "199999"] * 2


def test_the_stack_used_does_not_depend_on_ticks(tmp_path: Path) -> None:
    """A loop that ticks interrupt leaves no more of a trace on the stack than one that they do not."""
    text = (
        "def work(n):\n\tx=0\n\ti=0\n\twhile i<n:\n"
        "\t\tif x==17: x=x+1\n\t\tx=(x*31+i) % 1003\n\t\ti=i+1\n\treturn x\n"
        "def outer(n):\n\treturn work(n)\nprint outer({})\n"
    )
    used = []
    for count in (1, 20_000_000):
        program = tmp_path / f"{count}.py"
        program.write_text(text.format(count))
        used.append(eptrans.build(program).run(cores=1, jobs=1).cores["stack"].tolist())
    assert used[0] == used[1]
