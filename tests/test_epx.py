"""The .epx file: what is written is read again, and everything else is refused in one line."""

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from eptrans.codegen.cache import Target
from eptrans.epx import FORMAT, Package, PackageError, StoredSource, decode, encode, is_package, save_package
from eptrans.files import FileError
from eptrans.options import CompileOptions, Standard

PACKAGE = Package(
    options=CompileOptions(Standard.PYTHON3, 64),
    c_text="int x; /* ü */\n",
    shared_object=bytes(range(256)) * 20,
    sources=(StoredSource("prog.py", "print 'ü'\n", "12"), StoredSource("modules/m.py", "", "34")),
    target=Target("Linux", "abc", "def", "/usr/bin/cc 1 2"),
    eptrans_version="0.1",
    warnings=("prog.py:1:1: warning: something",),
    absent=("/nowhere/m.py",),
)


def test_round_trip() -> None:
    assert decode(encode(PACKAGE), "x.epx") == PACKAGE


def test_the_same_package_gives_the_same_bytes() -> None:
    assert encode(PACKAGE) == encode(replace(PACKAGE))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x.epx is empty"),
        (b"#!/bin/sh\n", "x.epx is not a program built by eptrans"),
        (b"\x7fELF" + bytes(100), "x.epx is not a program built by eptrans"),
        (b"PK\x03\x04", "x.epx is damaged or cut short"),
    ],
)
def test_other_files(data: bytes, message: str) -> None:
    with pytest.raises(PackageError, match=message) as caught:
        decode(data, "x.epx")
    assert "\n" not in str(caught.value)


def test_every_truncation_is_noticed() -> None:
    data = encode(PACKAGE)
    for length in range(0, len(data), 7):
        with pytest.raises(PackageError, match=r"x\.epx is (empty|damaged|not a program)"):
            decode(data[:length], "x.epx")


def test_no_changed_byte_goes_unnoticed() -> None:
    data = bytearray(encode(PACKAGE))
    for place in range(0, len(data), 5):
        data[place] ^= 0xFF
        with suppress(PackageError):
            assert decode(bytes(data), "x.epx") == PACKAGE, f"byte {place}"  # a field nobody reads
        data[place] ^= 0xFF


def test_a_foreign_archive() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("letter.txt", "hello")
    with pytest.raises(PackageError, match="is an archive, but not a program"):
        decode(buffer.getvalue(), "x.epx")


def changed_manifest(**changes: object) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(encode(PACKAGE))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps({**json.loads(content), **changes}).encode()
            new.writestr(name, content)
    return buffer.getvalue()


def test_another_format() -> None:
    with pytest.raises(PackageError, match=r"built by another version of eptrans \(0.1, file format 2\)"):
        decode(changed_manifest(format=FORMAT + 1), "x.epx")


@pytest.mark.parametrize(
    "changes",
    [{"standard": "c"}, {"word": 31}, {"sources": []}, {"sources": 3}, {"sha256": {}}, {"target": {}},
     {"target": 1}],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense(changes: dict[str, object]) -> None:
    with pytest.raises(PackageError, match="damaged"):
        decode(changed_manifest(**changes), "x.epx")


def test_telling_packages_from_sources(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(encode(PACKAGE))
    (tmp_path / "b.py").write_text("print 1\n")
    assert is_package(tmp_path / "a")
    assert not is_package(tmp_path / "b.py")
    assert not is_package(tmp_path / "absent.py")
    assert is_package(tmp_path / "absent.epx")
    assert not is_package(tmp_path)


def test_a_source_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("prog.py").write_text("print 1\n")
    with pytest.raises(FileError, match=r"prog\.py: it is a source of the program"):
        save_package(PACKAGE, tmp_path / "prog.py")
    assert Path("prog.py").read_text() == "print 1\n"
