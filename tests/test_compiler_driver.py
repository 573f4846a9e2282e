"""Finding and running the C compiler, and what is said where that does not work."""

import ctypes
import os
from pathlib import Path

import pytest

from eptrans.codegen import compiler_driver
from eptrans.codegen.compiler_driver import (
    CompilerFailedError,
    CompilerNotFoundError,
    compile_c,
    find_compiler,
)

C_TEXT = "int answer(void) { return 42; }\n"


@pytest.fixture(autouse=True)
def no_compiler_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)


def script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_compiled_code_can_be_called(tmp_path: Path) -> None:
    built = compile_c(C_TEXT, find_compiler(), program="prog.py")
    assert built.warnings == ""
    path = tmp_path / "x.so"
    path.write_bytes(built.data)
    assert ctypes.CDLL(str(path)).answer() == 42


def test_the_same_text_gives_the_same_bytes() -> None:
    compiler = find_compiler()
    assert compile_c(C_TEXT, compiler, program="p").data == compile_c(C_TEXT, compiler, program="p").data


def test_the_order_of_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    clang = script(tmp_path, "clang", "")
    assert find_compiler().command == (clang,)
    gcc = script(tmp_path, "gcc", "")
    assert find_compiler().command == (gcc,)
    mine = script(tmp_path, "mine", "")
    monkeypatch.setenv("CC", "mine -m64")
    assert find_compiler().command == (mine, "-m64")
    assert find_compiler("clang").command == (clang,)


def test_no_compiler_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler_driver, "find_spec", lambda _: None)
    with pytest.raises(CompilerNotFoundError) as caught:
        find_compiler()
    for part in ("$CC, cc, gcc, clang", "ziglang", "apt install", "xcode-select", "pip install eptrans[zig]"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_compiler_asked_for_by_name_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CompilerNotFoundError, match="'nosuchcc' given by --cc was not found"):
        find_compiler("nosuchcc -O2")
    monkeypatch.setenv("CC", "nosuchcc")
    with pytest.raises(CompilerNotFoundError, match=r"given by \$CC was not found"):
        find_compiler()
    with pytest.raises(CompilerNotFoundError, match="--cc is not a command"):
        find_compiler("cc 'unclosed")


def test_generated_code_that_does_not_compile() -> None:
    with pytest.raises(CompilerFailedError, match="code generated for prog.py: .*error") as caught:
        compile_c("int x = ;\n", find_compiler(), program="prog.py")
    kept = str(caught.value).rsplit(" ", 1)[1]
    assert Path(kept).read_text() == "int x = ;\n"
    os.unlink(kept)


def test_compilers_that_do_not_work(tmp_path: Path) -> None:
    silent = find_compiler(script(tmp_path, "silent", "exit 3"))
    with pytest.raises(CompilerFailedError, match="does not work on this machine: it ended with status 3"):
        compile_c(C_TEXT, silent, program="prog.py")
    killed = find_compiler(script(tmp_path, "killed", "kill -9 $$"))
    with pytest.raises(CompilerFailedError, match="does not work on this machine: signal 9 ended it"):
        compile_c(C_TEXT, killed, program="prog.py")
    mistaken = find_compiler(" ".join([*find_compiler().command, "--no-such-option"]))
    with pytest.raises(CompilerFailedError, match="does not work on this machine: .*--no-such-option"):
        compile_c(C_TEXT, mistaken, program="prog.py")
    without_headers = "echo 'x.h:1: fatal error: math.h: No such file or directory'; exit 1"
    with pytest.raises(CompilerFailedError, match="lacks its system headers .*apt install gcc libc6-dev"):
        compile_c(C_TEXT, find_compiler(script(tmp_path, "bare", without_headers)), program="prog.py")


@pytest.mark.parametrize("message", ["error: bad value for {option}={value}",
                                     "cc1: error: unknown value ({value}) for ({option})",
                                     "clang: error: unsupported argument ({value}) to option ({option}=)"])
def test_a_compiler_that_does_not_know_the_processor(tmp_path: Path, message: str) -> None:
    flags = " ".join(compiler_driver.native_flags())
    real = " ".join(find_compiler().command)
    option, _, value = flags.partition("=")
    refuse = f'case "$*" in *{flags}*) echo "{message.format(option=option, value=value)}"; exit 1;; esac'
    old = script(tmp_path, "old", f'{refuse}\nexec {real} "$@"')
    assert compile_c(C_TEXT, find_compiler(old), program="prog.py").data
