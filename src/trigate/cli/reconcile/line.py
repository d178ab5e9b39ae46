"""One line of a bill: what a provider says of one model on one day."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from trigate.core.errors import BadConfig

NANO = 10**9
COUNTS = ("input", "cache_read", "cache_write", "output", "requests")
VALUES = ("cost", *COUNTS)
LARGEST = 10**15
"""More of anything is not believed."""
_DATE = re.compile(r"-(?:20\d{2}-\d{2}-\d{2}|20\d{6})$")
_GAP = re.compile(r"[\s._]+")


class Line(Struct, kw_only=True):
    """What was billed; None where this form of a bill says nothing."""

    day: str
    """Such as `2026-11-22`."""
    model: str
    """As the bill calls it; empty for all models of a day together."""
    cost: int | None = None
    """Nano-dollars."""
    input: int | None = None
    """All input tokens, those read from a cache or written to it included."""
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    """All output tokens, reasoning included."""
    requests: int | None = None

    def add(self, other: "Line") -> None:
        """Both together."""
        for name in VALUES:
            one, more = getattr(self, name), getattr(other, name)
            if more is not None:
                setattr(self, name, more if one is None else one + more)


def plain(model: str) -> str:
    """A model's name without date, case and spelling: `Claude Opus 4.1` is `claude-opus-4-1-20250805`."""
    name = _GAP.sub("-", model.strip().lower())
    return _DATE.sub("", name).removesuffix("-latest")


def merged(lines: Iterable[Line]) -> list[Line]:
    """One line for each day and model, in order."""
    found: dict[tuple[str, str], Line] = {}
    for line in lines:
        key = line.day, plain(line.model)
        if key in found:
            found[key].add(line)
        else:
            found[key] = line
    return [found[key] for key in sorted(found)]


def count(value: Any, place: str) -> int:
    """A whole number as exports write it: `1200`, `"1,200"`, `3.0`, or nothing at all; raises BadConfig."""
    number = _number(value, place)
    if number % 1:
        raise BadConfig(f"{place}: {value!r} is not a whole number")
    return int(number)


def nano(value: Any, place: str) -> int:
    """Dollars as whole nano-dollars; raises BadConfig."""
    return int((_number(value, place) * NANO).to_integral_value())


def in_dollars(currency: str, place: str) -> None:
    """Raises BadConfig for any other money; an export that does not say means dollars."""
    if currency.strip().upper() not in {"", "USD"}:
        raise BadConfig(f"{place}: the amount is in {currency.strip()[:10]}; only dollars can be compared")


def day_of(value: Any, zone: tzinfo, place: str) -> str:
    """The day of a moment in seconds since the epoch, in RFC 3339, or as a day already; raises BadConfig."""
    text = str(value).strip()
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC).astimezone(zone).strftime("%Y-%m-%d")
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise BadConfig(f"{place}: {text[:40]!r} is neither a day nor a moment") from None
    if len(text) == len("2026-11-22"):
        return text
    return (moment.astimezone(zone) if moment.tzinfo else moment).strftime("%Y-%m-%d")


def _number(value: Any, place: str) -> Decimal:
    text = str(value if value is not None else "").replace(",", "").replace("$", "").strip() or "0"
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadConfig(f"{place}: {text[:40]!r} is not a number") from None
    if not number.is_finite() or number.copy_abs() > LARGEST:
        raise BadConfig(f"{place}: {text[:40]!r} cannot be meant")
    return number
