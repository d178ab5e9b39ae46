"""The version of the schema that this program reads and writes, and what it says about any other."""

from trigate.core.errors import BadConfig

CURRENT = 10
"""Grows with every file in `migrations/versions`."""


def name(version: int) -> str:
    """As migrations and the database spell it."""
    return f"{version:04d}"


def refuse(found: str | None) -> None:
    """Raises BadConfig unless a database of schema `found` (None: no tables at all) can be used as it is."""
    if found is None:
        raise BadConfig("the database has no tables yet: run `trigate migrate`")
    if not found.isdigit() or int(found) > CURRENT:
        raise BadConfig(
            f"the database has schema {found}, this program knows up to {name(CURRENT)}: use the newer trigate"
        )
    if int(found) < CURRENT:
        raise BadConfig(f"the database has schema {found}, this program needs {name(CURRENT)}: run `trigate migrate`")
