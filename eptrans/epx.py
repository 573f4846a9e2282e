"""The `.epx` file: a built program that needs nothing else to run.

A zip archive with a manifest (JSON), the C text, the shared object and the program's sources, for
messages. The manifest carries the format's version, a hash of every other member, the options and the
target that the object was made for. The same package always gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from eptrans.codegen.cache import Target
from eptrans.diagnostics import EptransError
from eptrans.files import ZIP_SIGNATURE, FileError, read_bytes, write_whole
from eptrans.options import CompileOptions, Standard

FORMAT = 1
"""Changes whenever a reader of the old format could not read the new one."""

_MANIFEST, _C_TEXT, _OBJECT = "manifest.json", "program.c", "program.so"
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)  # zip's earliest: members carry no time of their own


class PackageError(EptransError):
    """A file is not an .epx file, or is damaged, or of another version."""


@dataclass(frozen=True)
class StoredSource:
    """One source file of a program as it was when it was built.

    `path` is what the user wrote; `sha256` is of the file's bytes (empty: it could be read only once).
    """

    path: str
    text: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """A built program: what an .epx file holds.

    `sources` starts with the program's own file; `warnings` are rendered for the terminal. `absent`
    names files that would have been modules of the program had they existed.
    """

    options: CompileOptions
    c_text: str
    shared_object: bytes
    sources: tuple[StoredSource, ...]
    target: Target
    eptrans_version: str
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The program's source file, as the user wrote it."""
        return self.sources[0].path


def is_package(path: str | Path) -> bool:
    """Whether a file is (or is meant to be) an .epx file rather than a source."""
    if Path(path).suffix.lower() == ".epx":
        return True
    try:
        with open(path, "rb") as file:
            return file.read(len(ZIP_SIGNATURE)) == ZIP_SIGNATURE
    except OSError:
        return False


def save_package(package: Package, path: str | Path) -> None:
    """Write an .epx file, whole or not at all, and never over the program's source. Raises FileError."""
    refuse_source(package, path)
    write_whole(path, encode(package))


def refuse_source(package: Package, path: str | Path) -> None:
    """See to it that no source of the program lies at a path that is to be written. Raises FileError."""
    for source in package.sources:
        if os.path.exists(path) and os.path.exists(source.path) and os.path.samefile(path, source.path):
            raise FileError(f"cannot write {path}: it is a source of the program; give another name")


def load_package(path: str | Path) -> Package:
    """Read an .epx file. Raises FileError or PackageError."""
    return decode(read_bytes(path), str(path))


def encode(package: Package) -> bytes:
    """The bytes of an .epx file."""
    members = {_C_TEXT: package.c_text.encode(), _OBJECT: package.shared_object}
    for number, source in enumerate(package.sources):
        members[_source_member(number)] = source.text.encode("utf-8")
    manifest = {
        "format": FORMAT,
        "eptrans": package.eptrans_version,
        "standard": package.options.standard.value,
        "word": package.options.word,
        "target": asdict(package.target),
        "sources": [{"path": source.path, "sha256": source.sha256} for source in package.sources],
        "warnings": list(package.warnings),
        "absent": list(package.absent),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in ((_MANIFEST, json.dumps(manifest, indent=1).encode()), *members.items()):
            entry = zipfile.ZipInfo(name, _FIRST_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()


def decode(data: bytes, path: str) -> Package:
    """The package in the bytes of an .epx file called `path`. Raises PackageError."""
    if not data.startswith(ZIP_SIGNATURE):
        what = "is empty" if not data else "is not a program built by eptrans"
        raise PackageError(f"{path} {what}: build one with 'eptrans build PROG.py'")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _MANIFEST not in archive.namelist():
                raise PackageError(
                    f"{path} is an archive, but not a program built by eptrans: "
                    "build one with 'eptrans build PROG.py'"
                )
            return _decode_members(archive, path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        NotImplementedError,
        RuntimeError,
        OverflowError,
    ) as error:
        raise PackageError(f"{path} is damaged or cut short: build it again from its source") from error


def _decode_members(archive: zipfile.ZipFile, path: str) -> Package:
    manifest = json.loads(archive.read(_MANIFEST))
    if manifest["format"] != FORMAT:
        version = manifest.get("eptrans", "unknown")
        raise PackageError(
            f"{path} was built by another version of eptrans ({version}, file format "
            f"{manifest['format']}): build it again from its source"
        )
    if not manifest["sources"]:
        raise ValueError("a program has at least one source")
    hashes: dict[str, str] = manifest["sha256"]

    def member(name: str) -> bytes:
        content = archive.read(name)
        if hashlib.sha256(content).hexdigest() != hashes[name]:
            raise ValueError(f"{name} differs from what was built")
        return content

    return Package(
        options=CompileOptions(Standard(manifest["standard"]), manifest["word"]),
        c_text=member(_C_TEXT).decode(),
        shared_object=member(_OBJECT),
        sources=tuple(
            StoredSource(entry["path"], member(_source_member(number)).decode("utf-8"), entry["sha256"])
            for number, entry in enumerate(manifest["sources"])
        ),
        target=Target(**manifest["target"]),
        eptrans_version=str(manifest["eptrans"]),
        warnings=tuple(manifest["warnings"]),
        absent=tuple(manifest["absent"]),
    )


def _source_member(number: int) -> str:
    return f"sources/{number}.py"
