"""The cache folder, its keys, and files written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from eptrans.codegen.cache import (
    Cache,
    Target,
    cache_folder,
    code_fingerprint,
    current_target,
    digest,
    object_key,
)
from eptrans.codegen.compiler_driver import Compiler
from eptrans.files import FileError, read_bytes, write_whole

TARGET = Target("system", "processor", "runtime", "compiler")


def name(character: str, ending: str = "so") -> str:
    return f"{character * 64}.{ending}"


def test_entries_are_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new" / "folder")
    assert cache.read(name("a")) is None
    assert cache.write(name("a"), b"content") == cache.path(name("a"))
    assert cache.read(name("a")) == b"content"
    assert os.listdir(cache.folder) == [name("a")]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "below")
    assert cache.write(name("a"), b"content") is None
    assert cache.read(name("a")) is None
    cache.prune()


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, largest_bytes=250)
    for number, character in enumerate("abc"):
        (tmp_path / name(character)).write_bytes(bytes(100))
        os.utime(tmp_path / name(character), (number, number))
    cache.read(name("a"))  # a use: now b is the oldest
    cache.prune()
    assert sorted(os.listdir(tmp_path)) == [name("a"), name("c")]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_bytes(bytes(1000))
    (tmp_path / "folder").mkdir()
    cache = Cache(tmp_path, largest_bytes=0)
    cache.write(name("a", "epx"), b"x")
    assert sorted(os.listdir(tmp_path)) == ["folder", "thesis.tex"]


def test_what_killed_writers_left_goes_after_a_day(tmp_path: Path) -> None:
    for age, left in ((100_000, ".eptrans-1-old"), (0, ".eptrans-2-new")):
        (tmp_path / left).write_bytes(b"x")
        then = os.stat(tmp_path / left).st_mtime - age
        os.utime(tmp_path / left, (then, then))
    Cache(tmp_path).prune()
    assert os.listdir(tmp_path) == [".eptrans-2-new"]


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPTRANS_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere")
    monkeypatch.delenv("EPTRANS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/eptrans")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert cache_folder().is_absolute()


def test_keys_differ_with_everything_they_depend_on() -> None:
    keys = {
        object_key("text", TARGET),
        object_key("text2", TARGET),
        *(object_key("text", Target(**{**TARGET.__dict__, part: "other"})) for part in TARGET.__dict__),
    }
    assert len(keys) == 6
    assert digest("ab", "c") != digest("a", "bc")


def test_the_target_tells_compilers_and_their_arguments_apart() -> None:
    targets = {
        current_target(Compiler(("/usr/bin/cc",), "/usr/bin/cc 1 2")),
        current_target(Compiler(("/usr/bin/cc",), "/usr/bin/cc 1 3")),
        current_target(Compiler(("/usr/bin/cc",), "/usr/bin/cc 1 2", is_zig=True)),
    }
    assert len(targets) == 3
    assert len({(target.system, target.processor, target.runtime) for target in targets}) == 1
    assert code_fingerprint() == code_fingerprint()


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(FileError, match="cannot write .*file: no space left on device"):
        write_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["file"]


def test_devices_and_links_are_written_through(tmp_path: Path) -> None:
    write_whole("/dev/null", b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_whole(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot write .*: no such file or directory"):
        write_whole(tmp_path / "absent" / "file", b"")
    with pytest.raises(FileError, match="cannot write .*: is a directory"):
        write_whole(tmp_path, b"")
    with pytest.raises(FileError, match="cannot read .*: no such file or directory"):
        read_bytes(tmp_path / "absent")
