"""How answers are shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.cli.operate.table import moment, money, show, table

ROWS = [{"team": "support", "calls": 12, "usd": "0.10"}, {"team": "=cmd()", "calls": 3, "more": ["a", "b"]}]


def test_a_table_has_headings_and_numbers_to_the_right() -> None:
    shown = table([["support", "12"], ["x", "3"]], ["team_name", "calls"])
    assert shown.splitlines() == ["team name  calls", "support       12", "x              3"]


def test_a_table_without_rows_has_headings() -> None:
    assert table([], ["team", "calls"]) == "team  calls"


def test_json_has_every_member(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, ["team"], "json")
    assert json.loads(capsys.readouterr().out) == ROWS


def test_a_spreadsheet_never_takes_a_name_for_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, ["team", "calls"], "csv")
    assert capsys.readouterr().out.splitlines() == ["team,calls,usd,more", "support,12,0.10,", '\'=cmd(),3,,"a, b"']


def test_no_name_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show([{"label": "\x1b]0;mine\x07\ngood"}], ["label"], "table")
    assert capsys.readouterr().out.splitlines() == ["label", "\ufffd]0;mine\ufffd\ufffdgood"]


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_money_is_exact(amount: int) -> None:
    from decimal import Decimal

    assert Decimal(money(amount)) * 10**9 == amount


def test_moments_are_in_utc() -> None:
    assert (moment(0), moment(1_700_000_000 * 10**9)) == ("", "2023-11-14 22:13")
