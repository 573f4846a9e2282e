"""Files written whole or not at all, and the failures of the file system told to the user in one line."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

from eptrans.diagnostics import EptransError

ZIP_SIGNATURE = b"PK\x03\x04"
"""How every built program starts: it is a zip archive."""

TEMPORARY_PREFIX = ".eptrans-"
"""Names of files that are being written start so; what a killed process left can be told by it."""


class FileError(EptransError):
    """A file cannot be read or written; the text names it and says why."""


def read_bytes(path: str | Path) -> bytes:
    """The content of a file. Raises FileError."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {reason(error)}") from None


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file so that readers see all of it or what was there before. Raises FileError."""
    try:
        _write_whole(path, data)
    except OSError as error:
        raise FileError(f"cannot write {path}: {reason(error)}") from None


def check_writable(path: str | Path) -> None:
    """See to it, before long work, that `write_whole` will find a place for the file. Raises FileError."""
    target = os.path.realpath(path)
    try:
        if os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode):
            if os.path.isdir(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not os.access(target, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        handle, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=os.path.dirname(target))
        os.close(handle)
        os.unlink(temporary)
    except OSError as error:
        raise FileError(f"cannot write {path}: {reason(error)}") from None


def _write_whole(path: str | Path, data: bytes) -> None:
    target = os.path.realpath(path)  # through a link: the link stays
    if os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode):
        # A device or a pipe, such as /dev/null, is written to, never replaced.
        with open(target, "wb") as file:
            file.write(data)
        return
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f"{TEMPORARY_PREFIX}{os.getpid()}-{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def reason(error: OSError) -> str:
    """Why the system refused, in lower case and without its error number."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
