"""Prices that change: with the day, with the hour, and with the service that was asked for."""

import pytest

from trigate.core.clock import clock
from trigate.core.usage import Usage
from trigate.llm.price import Price
from trigate.llm.price_settings import rates
from trigate.llm.sheet import FREE_SHEET, NS_PER_MINUTE, Period, Sheet

HOUR = 60


def price(dollars: int) -> Price:
    return Price([rates({"input": dollars * 10**9})])


def dollars(sheet: Sheet, *services: str) -> int:
    """What a million tokens cost."""
    return sheet.price(services).cost(Usage(input_tokens=10**6)) // 10**9


def hold(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    monkeypatch.setattr(clock, "wall_ns", lambda: minutes * NS_PER_MINUTE)


def test_one_price_holds_always():
    sheet = Sheet([Period(standard=price(3))])
    assert dollars(sheet) == dollars(sheet, "service_tier=flex") == 3
    assert sheet.choices == ()


def test_a_new_price_holds_from_its_first_nanosecond(monkeypatch: pytest.MonkeyPatch):
    start = 1000 * NS_PER_MINUTE
    sheet = Sheet([Period(start=start, standard=price(9)), Period(standard=price(3))])
    monkeypatch.setattr(clock, "wall_ns", lambda: start - 1)
    assert dollars(sheet) == 3
    monkeypatch.setattr(clock, "wall_ns", lambda: start)
    assert dollars(sheet) == 9


@pytest.mark.parametrize(("minute", "expected"), [(59, 1), (60, 2), (239, 2), (240, 1), (1439, 1), (0, 1)])
def test_a_price_of_some_hours_holds_every_day(monkeypatch: pytest.MonkeyPatch, minute: int, expected: int):
    sheet = Sheet([Period(hours=(HOUR, 4 * HOUR), standard=price(2)), Period(standard=price(1))])
    for day in (0, 20_000):
        hold(monkeypatch, day * 24 * HOUR + minute)
        assert dollars(sheet) == expected


@pytest.mark.parametrize(("minute", "expected"), [(989, 1), (990, 2), (1439, 2), (0, 2), (29, 2), (30, 1)])
def test_hours_may_span_midnight(monkeypatch: pytest.MonkeyPatch, minute: int, expected: int):
    sheet = Sheet([Period(hours=(990, 30), standard=price(2)), Period(standard=price(1))])
    hold(monkeypatch, minute)
    assert dollars(sheet) == expected


def test_where_nothing_holds_the_last_price_does(monkeypatch: pytest.MonkeyPatch):
    sheet = Sheet([Period(hours=(10, 20), standard=price(2)), Period(hours=(30, 40), standard=price(1))])
    hold(monkeypatch, 0)
    assert dollars(sheet) == 1


def test_the_first_service_with_a_price_of_its_own_counts():
    services = {"service_tier=flex": price(1), "speed=fast": price(6)}
    sheet = Sheet([Period(standard=price(3), services=services)])
    assert sheet.choices == ("service_tier", "speed")
    assert dollars(sheet) == dollars(sheet, "service_tier=default") == 3
    assert dollars(sheet, "service_tier=flex") == 1
    assert dollars(sheet, "service_tier=auto", "speed=fast") == 6


def test_the_free_sheet_is_free():
    assert dollars(FREE_SHEET) == 0


@pytest.mark.parametrize(("asked", "most"), [((), 3), (("service_tier=flex",), 3), (("speed=fast",), 6), (("x=y",), 3)])
def test_who_asks_for_a_cheaper_service_may_be_billed_the_standard_one(asked: tuple[str, ...], most: int):
    sheet = Sheet([Period(standard=price(3), services={"service_tier=flex": price(1), "speed=fast": price(6)})])
    assert sheet.tariff(asked).most(10**6, 0) == most * 10**9
