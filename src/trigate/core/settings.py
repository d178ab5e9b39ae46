"""The types that configuration is made of: what is written in YAML is exactly a tree of these."""

import re
from decimal import Decimal
from typing import NoReturn, dataclass_transform

from msgspec import Struct


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node of the configuration: fields are the YAML keys, the string after a field is its reference text.

    `__post_init__` may raise ValueError with a message for the operator; it is reported with path and line.
    """


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Kind(Settings, frozen=True, kw_only=True):
    """A contract with kinds: `kind: NAME` picks the class of that name in the plural folder beside its module."""

    @classmethod
    def listed(cls) -> tuple[str, ...]:
        """The names of further kinds, which are made of data and not of code; none by default."""
        return ()

    @classmethod
    def make(cls, name: str) -> "type[Kind]":
        """The class of one of those; raises LookupError."""
        raise LookupError(f"there is no kind {name!r}")


class Secret:
    """A text that never shows: it prints as `•••`, compares only by identity, and is read by `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; never log it, never put it into an error."""
        return self._value

    def __repr__(self) -> str:
        return "•••"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")


_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")


class Duration(float):
    """Seconds; written as `250ms`, `10s`, `1m`, `2h`, `1d` or a bare number of seconds."""

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises ValueError for anything that is not a duration."""
        found = _QUANTITY.fullmatch(text.strip())
        unit = _SECONDS.get(found[2] or "s") if found else None
        if found is None or unit is None:
            raise ValueError(f"{text!r} is not a duration such as 250ms, 10s, 1m, 2h or 1d")
        return cls(Decimal(found[1]) * unit)


class Size(int):
    """Bytes; written as `512`, `16KiB`, `10MB` or `1GiB`."""

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Raises ValueError for anything that is not a whole number of bytes."""
        found = _QUANTITY.fullmatch(text.strip())
        unit = _BYTES.get(found[2]) if found else None
        count = Decimal(found[1]) * unit if found and unit else None
        if count is None or count != int(count):
            raise ValueError(f"{text!r} is not a size such as 512, 16KiB, 10MB or 1GiB")
        return cls(int(count))
