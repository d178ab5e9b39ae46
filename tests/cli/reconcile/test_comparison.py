"""Bill and ledger side by side: what agrees, what differs, and what only fell on another day."""

from decimal import Decimal

import pytest

from trigate.cli.reconcile.comparison import Compared, Kept, compare, shown, total
from trigate.cli.reconcile.line import Line

DOLLAR = 10**9
HALF_A_PERCENT = Decimal("0.005")


def billed(day: int, dollars: float | None, model: str = "gpt", **more: int) -> Line:
    cost = None if dollars is None else round(dollars * DOLLAR)
    return Line(day=f"2026-11-{day:02d}", model=model, cost=cost, **more)


def kept(day: int, dollars: float, model: str = "gpt", estimated: int = 0, **more: int) -> Kept:
    counts = {"input": 0, "output": 0, "requests": 1, "cache_read": 0, "cache_write": 0} | more
    line = Line(day=f"2026-11-{day:02d}", model=model, cost=round(dollars * DOLLAR), **counts)
    return Kept(line=line, estimated=estimated)


def verdicts(bill: list[Line], ledger: list[Kept]) -> list[str]:
    return [each.verdict for each in compare(bill, ledger, HALF_A_PERCENT)]


@pytest.mark.parametrize(
    ("bill", "ledger", "verdict"),
    [
        (100.0, 100.0, "agrees"),
        (100.0, 100.5, "agrees"),
        (100.0, 99.49, "differs"),
        (0.001, 0.009, "agrees"),
        (0.001, 0.02, "differs"),
    ],
)
def test_a_share_or_a_cent_is_no_difference(bill: float, ledger: float, verdict: str):
    assert verdicts([billed(1, bill)], [kept(1, ledger)]) == [verdict]


def test_what_one_side_lacks_is_told():
    assert verdicts([billed(1, 5, "a")], [kept(1, 5, "b")]) == ["only billed", "only in ledger"]
    assert verdicts([billed(1, 5)], [kept(1, 5), kept(1, 0, "free")]) == ["agrees", "agrees"]


def test_dates_in_names_are_no_difference():
    (row,) = compare(
        [billed(1, 5, "gpt-2025-08-07")], [kept(1, 2, "gpt"), kept(1, 3, "gpt-2025-08-07")], HALF_A_PERCENT
    )
    assert row.verdict == "agrees"


def test_calls_around_midnight_are_shifted_and_not_missing():
    ledger = [kept(1, 8), kept(2, 12), kept(3, 10)]
    assert verdicts([billed(1, 10), billed(2, 10), billed(3, 10)], ledger) == ["shifted", "shifted", "agrees"]
    assert verdicts([billed(1, 10), billed(2, 10)], [kept(1, 8), kept(2, 11)]) == ["differs", "differs"]


def test_without_money_tokens_are_compared():
    bill = [billed(1, None, input=1000, output=10)]
    assert verdicts(bill, [kept(1, 7, input=1000, output=10)]) == ["agrees"]
    assert verdicts(bill, [kept(1, 7, input=1000, output=11)]) == ["differs"]
    assert verdicts([billed(1, None, input=1000)], [kept(1, 7, input=1000, output=99)]) == ["agrees"]


def test_a_bill_that_names_no_models_is_compared_by_day():
    (row,) = compare([billed(1, 5, "")], [kept(1, 2, "a"), kept(1, 3, "b", estimated=1)], HALF_A_PERCENT)
    assert (row.model, row.verdict, row.estimated) == ("*", "agrees", 1)


def test_estimates_and_exact_differences_are_shown():
    (row,) = compare([billed(1, 5, input=10)], [kept(1, 4, estimated=3, input=9)], HALF_A_PERCENT)
    found = shown(row)
    assert (found["difference_cost"], found["difference_input"], found["estimated"]) == (DOLLAR, 1, 3)
    assert "difference_output" not in found


def test_the_total_is_that_of_all_rows():
    rows = compare([billed(1, 5), billed(2, 1)], [kept(1, 5), kept(2, 3)], HALF_A_PERCENT)
    whole = total(rows, HALF_A_PERCENT)
    assert (whole.difference("cost"), whole.verdict) == (-2 * DOLLAR, "differs")
    assert isinstance(whole, Compared)
    assert [each.verdict for each in rows] == ["agrees", "differs"]  # the sum takes nothing from its parts
    assert rows[0].billed == billed(1, 5)
