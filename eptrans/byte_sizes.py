"""Sizes of memory as users write them, on the command line and in the files of chips."""

from __future__ import annotations

import re

# More digits than any memory has, so that a size which is too large is told to be that.
_SIZE = re.compile(r"([0-9]{1,40})\s*([kmg]?)(?:i?b)?\Z", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def byte_size(text: str) -> int | None:
    """Bytes from `32768`, `32K`, `32 KiB`, `1M` (K, M and G count in 1,024s); None where it is no size."""
    match = _SIZE.match(text.strip())
    return int(match[1]) * _UNITS[match[2].lower()] if match else None
