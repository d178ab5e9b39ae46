"""The built-in table of prices: which provider an address belongs to, and what its models cost.

The table is data of the genai-prices project (MIT; notice, version and date stand in the file), written by
`python -m tools.prices`. Names are matched as that project matches them.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.llm.packed import Packed
from trigate.llm.price import Price
from trigate.llm.price_settings import rates
from trigate.llm.sheet import Period, Sheet

FILE = Path(__file__).with_name("prices.json")
BATCH = ":batch"
"""Ends the name of a model as batches are billed for it, where a provider has such names."""
_COMPACT_DATE = re.compile(r"-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda name, text: name == text,
    "^": lambda name, text: name.startswith(text),
    "$": lambda name, text: name.endswith(text),
    "*": lambda name, text: text in name,
    "~": lambda name, pattern: re.search(pattern, name) is not None,
}


class Row(Struct, array_like=True, frozen=True):
    """One model: its id, how it is recognised, and its prices as JSON."""

    id: str
    clause: list[Any]
    periods: Raw


class _Section(Packed, frozen=True):
    address: str
    fallback: list[str]


class _Table(Struct, frozen=True):
    source: str
    date: str
    notice: str
    providers: dict[str, _Section]


class _Service(Struct, frozen=True):
    tiers: list[dict[str, int]]
    request: int = 0
    fees: dict[str, int] = {}

    def price(self) -> Price:
        return Price([rates(tier, tier.get("above", 0)) for tier in self.tiers], self.request, self.fees)


class _Period(_Service, frozen=True):
    start: int = 0
    hours: tuple[int, int] | None = None
    services: dict[str, _Service] = {}


_table = msgspec.json.Decoder(_Table).decode
_rows = msgspec.json.Decoder(list[Row]).decode
_periods = msgspec.json.Decoder(list[_Period]).decode


class PriceTable:
    """The table as it lies in the package, read when it is made; of providers nobody asks for, nothing is decoded."""

    def __init__(self) -> None:
        table = _table(FILE.read_bytes())
        self.source = f"{table.source}, {table.date}"
        """What the prices are taken from, and when."""
        self._sections = table.providers
        self._index = lru_cache(maxsize=None)(self._read)

    def provider_at(self, address: str) -> str:
        """The provider whose API is at this URL, empty if it is not known."""
        return next((name for name, each in self._sections.items() if re.match(each.address, address)), "")

    def providers(self) -> list[str]:
        """The names of all providers."""
        return list(self._sections)

    def models(self, provider: str) -> list[str]:
        """The ids of a provider's models."""
        return [row.id for row in self._index(provider).rows]

    def sheet(self, provider: str, model: str) -> Sheet | None:
        """What a model costs at a provider, None if that is not known."""
        periods = self.periods(provider, model)
        return read_sheet(periods) if periods is not None else None

    def batch(self, provider: str, model: str) -> Price | None:
        """What an ask of a batch costs, where providers have batches as models of their own; None if they do not."""
        name = model.lower() + BATCH
        row = self._index(provider).find(name)
        return read_sheet(row.periods).price() if row is not None and row.id == name else None

    def periods(self, provider: str, model: str) -> Raw | None:
        """The same as it stands in the table."""
        name = model.lower()
        row = self._find(provider, name) or self._find(provider, _COMPACT_DATE.sub(_with_dashes, name))
        return row.periods if row is not None else None

    def _find(self, provider: str, name: str) -> Row | None:
        section = self._sections[provider]
        found = (self._index(each).find(name) for each in (provider, *section.fallback))
        return next((row for row in found if row is not None), None)

    def _read(self, provider: str) -> "Index":
        return Index(_rows(self._sections[provider].unpack()))


class Index:
    """A provider's models: those with a fixed list of names are found at once, the others one by one."""

    __slots__ = ("_exact", "_others", "rows")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._exact: dict[str, int] = {}
        self._others: list[int] = []
        for place, row in enumerate(rows):
            names = exact_names(row.clause)
            if names is None:
                self._others.append(place)
            for name in names or ():
                self._exact.setdefault(name, place)

    def find(self, name: str) -> Row | None:
        """The first row that fits a name in lower case."""
        end = self._exact.get(name, len(self.rows))
        for place in self._others:
            if place > end:
                break
            if is_match(self.rows[place].clause, name):
                return self.rows[place]
        return self.rows[end] if end < len(self.rows) else None


def read_sheet(periods: bytes | Raw) -> Sheet:
    """Prices as they stand in the table."""
    return Sheet([_read_period(each) for each in _periods(periods)])


def _read_period(period: _Period) -> Period:
    services = {name: each.price() for name, each in period.services.items()}
    return Period(start=period.start, hours=period.hours, standard=period.price(), services=services)


def exact_names(clause: list[Any]) -> list[str] | None:
    """The names a clause lists, None if it describes them in another way."""
    inner = clause[1:] if clause[0] == "|" else [clause]
    return [each[1] for each in inner] if all(each[0] == "=" for each in inner) else None


def is_match(clause: list[Any], name: str) -> bool:
    """Whether a name in lower case is one that a clause describes."""
    operator, *operands = clause
    if operator in ("|", "&"):
        found = (is_match(each, name) for each in operands)
        return any(found) if operator == "|" else all(found)
    test = _TESTS.get(operator)
    if test is None:
        raise ValueError(f"{clause!r} describes no names")
    return test(name, operands[0])


def _with_dashes(found: re.Match[str]) -> str:
    """`-20251211` as `-2025-12-11`: some resellers write dates without dashes."""
    year, month, day = map(int, found.groups())
    try:
        return f"-{date(year, month, day)}"
    except ValueError:
        return found[0]
