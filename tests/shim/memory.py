"""The device module `memory` for CPython, which gives memory back by itself."""


def free(value: object) -> None:
    """Nothing to do; a use after this is not found here."""


def gc() -> None:
    """Nothing to do."""
