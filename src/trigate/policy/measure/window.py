"""Windows of time: spans of equal length, or days, weeks, months and years by the calendar of a time zone."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, Protocol

from trigate.core.settings import Duration

Calendar = Literal["day", "week", "month", "year"]

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Window(Protocol):
    """Divides time without gap or overlap."""

    text: str
    """How it is written, such as `1h` or `month`."""
    length: int
    """Nanoseconds, 0 if it is not always the same."""

    def bounds(self, now: int) -> tuple[int, int]:
        """When the window around `now` began and when it ends, nanoseconds since the epoch; 0 for an end that never
        comes."""
        ...


class Forever:
    """One window that never ends."""

    text = "ever"
    length = 0

    def bounds(self, now: int) -> tuple[int, int]:
        """The same at all times."""
        return 0, 0


class FixedWindow:
    """Windows of equal length, counted from the epoch in UTC."""

    __slots__ = ("length", "text")

    def __init__(self, length: Duration) -> None:
        self.length = nanoseconds(length)
        self.text = spell(length)

    def bounds(self, now: int) -> tuple[int, int]:
        """From one multiple of the length to the next."""
        start = now - now % self.length
        return start, start + self.length


class DateWindow:
    """Days, weeks from Monday, months or years: they begin at midnight by the zone's clock.

    A midnight that the clock skips is the moment at which it skips, one that comes twice the first of the two: so each
    window ends where the next begins, and a day of 23 or 25 hours is one window.
    """

    length = 0
    __slots__ = ("_unit", "_zone", "text")

    def __init__(self, unit: Calendar, zone: tzinfo) -> None:
        self._unit: Calendar = unit
        self._zone = zone
        self.text: str = unit

    def bounds(self, now: int) -> tuple[int, int]:
        """From the midnight that begins it to the one that begins the next."""
        first = first_day(self._unit, _moment(now).astimezone(self._zone).date())
        return self._midnight(first), self._midnight(next_first_day(self._unit, first))

    def _midnight(self, day: date) -> int:
        return _nanoseconds(datetime.combine(day, time(), self._zone).astimezone(UTC))


def window_of(written: Duration | Calendar | None, zone: str) -> Window:
    """The window that a limit names; raises ValueError for a zone that nobody knows."""
    if written is None:
        return Forever()
    if isinstance(written, Duration):
        return FixedWindow(written)
    return DateWindow(written, zone_of(zone))


def zone_of(name: str) -> tzinfo:
    """The time zone of this name in the IANA database; raises ValueError if there is none."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - reads how Python was built, which takes 25 ms

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(
            f"{name!r} is not a time zone such as UTC or Europe/Berlin, or this machine lacks it"
        ) from None


def first_day(unit: Calendar, day: date) -> date:
    """The first day of the day, week, month or year that `day` is in."""
    if unit == "week":
        return day - timedelta(day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def next_first_day(unit: Calendar, first: date) -> date:
    """The first day of the next one, given that of this."""
    if unit == "month":
        return (first + timedelta(31)).replace(day=1)
    if unit == "year":
        return first.replace(year=first.year + 1)
    return first + timedelta(7 if unit == "week" else 1)


def nanoseconds(length: float) -> int:
    """A duration in whole nanoseconds, exact to the microsecond."""
    return round(length * 1_000_000) * 1000


def spell(length: float) -> str:
    """A duration as short as it can be written: `90s`, `1h`."""
    seconds = int(length)
    if seconds != length or not seconds:
        return f"{length * 1000:g}ms"
    unit, size = next(each for each in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % each[1] == 0)
    return f"{seconds // size}{unit}"


def _moment(now: int) -> datetime:
    return _EPOCH + timedelta(microseconds=now // 1000)


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND * 1000
