"""Windows divide time without gap or overlap, whatever clocks do."""

from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.settings import Duration
from trigate.policy.measure.window import Calendar, DateWindow, FixedWindow, Forever, spell, window_of

SECOND = 10**9
CALENDARS = ("day", "week", "month", "year")
# Zones that skip or repeat a midnight, a whole day, or change their offset by other than an hour.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Asuncion",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Atlantic/Azores",
)
moments = st.integers(0, 4_000_000_000 * SECOND)


def at(zone: str, *when: int) -> int:
    return int(datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def calendar(unit: str, zone: str = "UTC") -> DateWindow:
    return DateWindow(cast("Calendar", unit), ZoneInfo(zone))


@given(st.sampled_from(CALENDARS), st.sampled_from(ZONES), moments)
def test_a_moment_is_in_its_window_and_the_next_begins_where_it_ends(unit: str, zone: str, now: int) -> None:
    window = calendar(unit, zone)
    start, end = window.bounds(now)
    assert start <= now < end
    assert window.bounds(start) == window.bounds(end - 1) == (start, end)
    assert window.bounds(end)[0] == end
    assert window.bounds(start - 1)[1] == start


@given(moments, st.integers(1, 10**7))
def test_fixed_windows_are_of_one_length(now: int, milliseconds: int) -> None:
    window = FixedWindow(Duration(milliseconds / 1000))
    start, end = window.bounds(now)
    assert start <= now < end
    assert end - start == window.length == milliseconds * 1_000_000
    assert window.bounds(end)[0] == end


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Europe/Berlin", (2026, 6, 1), 24),
        ("America/Havana", (2026, 3, 8), 23),  # its midnight does not exist
        ("America/Havana", (2026, 11, 1), 25),  # its midnight comes twice
    ],
)
def test_a_day_on_which_clocks_change_is_one_window(zone: str, day: tuple[int, int, int], hours: int) -> None:
    start, end = calendar("day", zone).bounds(at(zone, *day, 12))
    assert (end - start) // (3600 * SECOND) == hours


def test_a_day_that_a_zone_skips_is_no_window() -> None:
    start, end = calendar("day", "Pacific/Apia").bounds(at("Pacific/Apia", 2011, 12, 29, 12))
    assert end - start == 24 * 3600 * SECOND
    assert datetime.fromtimestamp(end // SECOND, ZoneInfo("Pacific/Apia")).date().isoformat() == "2011-12-31"


@pytest.mark.parametrize(
    ("unit", "now", "start", "end"),
    [
        ("week", (2026, 6, 7, 23), (2026, 6, 1), (2026, 6, 8)),
        ("week", (2027, 1, 1), (2026, 12, 28), (2027, 1, 4)),
        ("month", (2026, 1, 31, 23), (2026, 1, 1), (2026, 2, 1)),
        ("month", (2028, 2, 29), (2028, 2, 1), (2028, 3, 1)),
        ("month", (2026, 12, 31), (2026, 12, 1), (2027, 1, 1)),
        ("year", (2028, 2, 29), (2028, 1, 1), (2029, 1, 1)),
    ],
)
def test_windows_end_where_the_calendar_says(
    unit: str, now: tuple[int, ...], start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    assert calendar(unit).bounds(at("UTC", *now)) == (at("UTC", *start), at("UTC", *end))


def test_a_window_that_never_ends_never_began() -> None:
    assert Forever().bounds(0) == Forever().bounds(10**18) == (0, 0)


def test_what_is_written_becomes_a_window() -> None:
    assert isinstance(window_of(None, "UTC"), Forever)
    assert window_of(Duration(3600), "UTC").text == "1h"
    assert window_of("day", "Asia/Tokyo").bounds(at("UTC", 2026, 6, 1, 16))[0] == at("UTC", 2026, 6, 1, 15)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "Europe"])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        window_of("day", zone)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86400, "1d"), (90, "90s"), (3600, "1h"), (60, "1m"), (0.25, "250ms"), (1.5, "1500ms"), (0, "0ms")],
)
def test_lengths_are_spelled_as_they_may_be_written(seconds: float, text: str) -> None:
    assert spell(seconds) == text
    assert Duration.parse(text) == seconds


def test_the_epoch_is_where_it_should_be() -> None:
    start, _ = calendar("day").bounds(0)
    assert datetime.fromtimestamp(start, UTC).year == 1970
