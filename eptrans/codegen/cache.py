"""The cache of built programs and shared objects, and the keys that say when one still fits.

Entries are files named by a hash of all that they depend on, so that an entry is right or absent,
never out of date. Where the cache folder cannot be written everything works without it, only slower.
The folder is $EPTRANS_CACHE, else the system's place for caches.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from eptrans.codegen.compiler_driver import PLAIN_OBJECT, RUNTIME_HEADERS, Compiler, ObjectKind
from eptrans.costs import COSTS_FILE
from eptrans.files import TEMPORARY_PREFIX, FileError, write_whole

LARGEST_BYTES = 256 << 20
"""What the entries may take together; the ones unused for longest go first."""

_DAY = 86_400  # seconds
_OWN_NAME = re.compile(rf"[0-9a-f]{{64}}\.(epx|so)\Z|{re.escape(TEMPORARY_PREFIX)}")
_PACKAGE = Path(__file__).resolve().parent.parent


def digest(*parts: str | bytes) -> str:
    """A hash of the parts, each with its length, so that no two lists of parts look the same."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()


# ---- keys --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """What a shared object was made by and for; equal targets can exchange objects."""

    system: str
    processor: str
    runtime: str
    compiler: str

    @property
    def text(self) -> str:
        """All of it as one string, for keys."""
        return "\n".join(getattr(self, field.name) for field in fields(self))


def current_target(compiler: Compiler) -> Target:
    """The target of this machine, this runtime and a compiler."""
    return Target(
        system=_system(),
        processor=_processor(),
        runtime=_runtime_headers(),
        compiler=f"{compiler.identity} {digest(*compiler.arguments()[len(compiler.command) : -1])[:16]}",
    )


def _system() -> str:
    """Operating system, architecture and C library."""
    uname = os.uname()
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        library = ""  # macOS and musl have no such name
    return " ".join(part for part in (uname.sysname, uname.machine, library) if part)


def _processor() -> str:
    """A hash of the processor's features: objects are made for exactly these."""
    if sys.platform == "darwin":
        return digest(_macos_processor())[:16]
    wanted = ("model name", "flags", "features", "cpu implementer", "cpu part", "cpu variant")
    try:
        with open("/proc/cpuinfo", "rb") as file:  # the first processor stands for all
            first = file.read(8192).split(b"\n\n")[0].decode(errors="replace")
    except OSError:
        return digest(os.uname().machine)[:16]
    return digest(*(line for line in first.splitlines() if line.lower().startswith(wanted)))[:16]


def _macos_processor() -> str:
    """The name of the processor, such as `Apple M2`."""
    import ctypes

    library = ctypes.CDLL(None)
    size = ctypes.c_size_t(256)
    name = ctypes.create_string_buffer(size.value)
    if library.sysctlbyname(b"machdep.cpu.brand_string", name, ctypes.byref(size), None, 0) != 0:
        return os.uname().machine
    return name.value.decode(errors="replace")


def _runtime_headers() -> str:
    """A hash of what generated code includes: a change of it is a change of the ABI."""
    return digest(*(path.read_bytes() for path in sorted(RUNTIME_HEADERS.glob("eptrans_*.h"))))[:16]


def code_fingerprint() -> str:
    """Changes whenever a file of the compiler itself, or its cost table, does (its size or its time)."""
    entries = []
    for path in sorted([*_PACKAGE.rglob("*.py"), COSTS_FILE]):
        status = path.stat()
        entries.append(f"{path.relative_to(_PACKAGE)} {status.st_size} {status.st_mtime_ns}")
    return digest(*entries)


def object_key(c_text: str, target: Target, kind: ObjectKind = PLAIN_OBJECT) -> str:
    """The key of a shared object that a C text becomes for a target."""
    return digest("object", *kind.flags(), c_text, target.text)


# ---- the folder ----------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where the cache is. (platformdirs says the same, and takes 15 ms to import.)"""
    chosen = os.environ.get("EPTRANS_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return Path(base, "eptrans")
    home = Path(os.path.expanduser("~"))
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "eptrans"


class Cache:
    """Entries by name (a key and an ending); every failure of the folder is an absent entry."""

    def __init__(self, folder: Path | None = None, largest_bytes: int = LARGEST_BYTES) -> None:
        self.folder = folder or cache_folder()
        self.largest_bytes = largest_bytes

    def path(self, name: str) -> Path:
        """Where an entry is, or would be."""
        return self.folder / name

    def read(self, name: str) -> bytes | None:
        """An entry's content, None if there is none. Counts as a use of it."""
        path = self.path(name)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):  # a cache that can only be read is still a cache
            os.utime(path)
        return data

    def write(self, name: str, data: bytes) -> Path | None:
        """Store an entry and give its path; None where the cache cannot be written."""
        path = self.path(name)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, data)
        except (OSError, FileError):
            return None
        self.prune()
        return path

    def prune(self) -> None:
        """Remove the longest unused until the rest is small enough, and what killed writers left."""
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        yesterday = time.time() - _DAY
        for used, size, path in entries:
            abandoned = path.name.startswith(TEMPORARY_PREFIX) and used < yesterday
            if total <= self.largest_bytes and not abandoned:
                continue
            with suppress(OSError):
                path.unlink()
                total -= size

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """(time of last use, bytes, path) of the files that the cache made; others are left alone."""
        with suppress(OSError), os.scandir(self.folder) as files:
            for file in files:
                if not _OWN_NAME.match(file.name):
                    continue
                with suppress(OSError):  # another process may have just removed it
                    status = file.stat(follow_symlinks=False)
                    yield status.st_mtime, status.st_size, Path(file.path)
