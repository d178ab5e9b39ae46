"""Lines of bills: names that mean the same model, and figures as exports write them."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trigate.cli.reconcile.line import Line, count, day_of, merged, nano, plain
from trigate.core.errors import BadConfig


@pytest.mark.parametrize(
    "name",
    [
        "claude-opus-4-1",
        "claude-opus-4-1-20250805",
        "Claude Opus 4.1",
        "claude-opus-4-1-2025-08-05",
        "claude-opus-4.1-latest",
    ],
)
def test_a_model_is_the_same_however_it_is_spelled(name: str):
    assert plain(name) == "claude-opus-4-1"


def test_other_models_are_others():
    assert len({plain(each) for each in ("gpt-5", "gpt-5-mini", "gpt-5-2025", "openai/gpt-5")}) == 4


def test_lines_of_a_day_and_model_are_one():
    lines = [
        Line(day="2026-11-02", model="m", input=1),
        Line(day="2026-11-01", model="M", cost=5),
        Line(day="2026-11-02", model="m", cost=7, input=2),
    ]
    first, second = merged(lines)
    assert (first.day, first.cost, first.input) == ("2026-11-01", 5, None)
    assert (second.cost, second.input) == (7, 3)


@pytest.mark.parametrize(("value", "number"), [("1,200", 1200), ("3.0", 3), (None, 0), ("", 0), (7, 7), ("-4", -4)])
def test_counts_as_exports_write_them(value: Any, number: int):
    assert count(value, "here") == number


@pytest.mark.parametrize("value", ["1.5", "x", "NaN", "1e40", "1e9999999", "Infinity"])
def test_what_is_no_count_is_refused_with_its_place(value: str):
    with pytest.raises(BadConfig, match="here:7"):
        count(value, "here:7")


def test_money_is_exact():
    assert nano("0.0000000125", "here") == 12
    assert nano("$1,234.50", "here") == 1_234_500_000_000


@pytest.mark.parametrize(
    ("value", "zone", "day"),
    [
        (1730419200, "UTC", "2024-11-01"),
        ("1730419200", "America/Los_Angeles", "2024-10-31"),
        ("2026-11-01", "America/Los_Angeles", "2026-11-01"),
        ("2026-11-01T00:00:00Z", "UTC", "2026-11-01"),
        ("2026-11-01T23:30:00-08:00", "UTC", "2026-11-02"),
        ("2026-11-01 23:30:00.5", "America/Los_Angeles", "2026-11-01"),
    ],
)
def test_a_moment_is_on_a_day_of_the_zone_and_a_day_is_a_day(value: Any, zone: str, day: str):
    assert day_of(value, UTC if zone == "UTC" else ZoneInfo(zone), "here") == day


@pytest.mark.parametrize("value", ["yesterday", "", None, "9" * 30])
def test_what_is_no_moment_is_refused(value: Any):
    with pytest.raises(BadConfig, match="neither a day"):
        day_of(value, UTC, "here")
