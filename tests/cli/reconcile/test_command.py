"""`trigate reconcile`: a bill against the ledger of a store."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.store.record import record
from trigate.cli.main import main
from trigate.cli.reconcile.command import DIFFERS
from trigate.store.ledger import read_entries, write_new
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

FILE = """
store: {{ directory: {folder} }}
llm:
  providers:
    mine: {{ kind: openai, api_key: "x" }}
    claude: {{ kind: anthropic, api_key: "x" }}
"""


def at(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.fixture
def file(tmp_path: Path) -> str:
    store = Store(StoreSettings(directory=str(tmp_path)))
    rows = [
        record("1", time=at("2026-11-01T12:00"), cost=2 * 10**9, target="mine/gpt-5-mini-2025-08-07"),
        record("2", time=at("2026-11-02T03:00"), cost=10**9, target="mine/gpt-5-mini", usage={"estimated": True}),
        record("3", time=at("2026-11-01T12:00"), cost=7 * 10**9, target="claude/claude-opus-4-1"),
        record("4", time=at("2026-10-31T23:59"), cost=9 * 10**9, target="mine/gpt-5-mini"),
    ]
    with store.writing() as connection:
        write_new(connection, read_entries(rows)[0])
    store.close()
    path = tmp_path / "trigate.yaml"
    path.write_text(FILE.format(folder=tmp_path))
    return str(path)


def cost(day: int, value: float) -> dict[str, object]:
    start = at(f"2026-11-{day:02d}") // 10**9
    result = {
        "object": "organization.costs.result",
        "amount": {"value": value, "currency": "usd"},
        "line_item": "gpt-5-mini, x",
    }
    return {"object": "bucket", "start_time": start, "end_time": start + 86400, "results": [result]}


def bill(folder: Path, *buckets: dict[str, object]) -> str:
    path = folder / "bill.json"
    path.write_text(json.dumps({"object": "page", "data": buckets}))
    return str(path)


def test_a_bill_that_agrees_is_shown_and_estimates_are_named(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["reconcile", bill(tmp_path, cost(1, 2), cost(2, 1)), "-c", file]) == 0
    title, first, second, total = capsys.readouterr().out.splitlines()
    assert title.split() == ["day", "model", "billed", "ledger", "difference", "percent", "estimated", "verdict"]
    assert first.split() == ["2026-11-01", "gpt-5-mini", "2.00", "2.00", "0.00", "0.00", "0", "agrees"]
    assert second.split()[6:] == ["1", "agrees"]
    assert total.split() == ["total", "3.00", "3.00", "0.00", "0.00", "1", "agrees"]


def test_a_difference_has_an_exit_status_of_its_own(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["reconcile", bill(tmp_path, cost(1, 2.5)), "-c", file, "--format", "json"]) == DIFFERS
    row, _ = json.loads(capsys.readouterr().out)
    assert (row["difference_cost"], row["verdict"]) == (500_000_000, "differs")
    assert main(["reconcile", bill(tmp_path, cost(1, 2.5)), "-c", file, "--tolerance", "25%"]) == 0


def test_days_of_another_time_zone_are_those_of_the_bill(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bill.csv"
    path.write_text("day,model,usd\n2026-11-01,gpt-5-mini,3\n2026-10-31,gpt-5-mini,9\n")
    options = ["--provider", "mine", "--time-zone", "America/Los_Angeles", "--format", "csv"]
    assert main(["reconcile", str(path), "-c", file, *options]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("2026-11-01,gpt-5-mini,agrees,3000000000")
    assert main(["reconcile", str(path), "-c", file, "--provider", "mine"]) == DIFFERS


def test_a_bill_of_everybody_is_compared_with_all_providers(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "bill.csv"
    path.write_text("day,model,usd\n2026-11-01,gpt-5-mini,2\n2026-11-01,claude-opus-4-1,7\n")
    assert main(["reconcile", str(path), "-c", file]) == 0
    assert "claude-opus-4-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--provider", "nobody"], "no provider 'nobody'"),
        (["--time-zone", "Mars/Olympus"], "no time zone"),
        (["--tolerance", "much"], "--tolerance"),
        (["--tolerance", "150%"], "--tolerance"),
        (["--form", "anthropic"], "not a bill"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    file: str, tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["reconcile", bill(tmp_path, cost(1, 2)), "-c", file, *options]) == 1
    assert message in capsys.readouterr().err


def test_a_bill_of_somebody_who_is_not_configured_is_refused(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "bill.json"
    path.write_text(json.dumps({"data": [{"date": "2026-11-01", "model": "a/b", "usage": 1}]}))
    assert main(["reconcile", str(path), "-c", file]) == 1
    assert "openrouter" in capsys.readouterr().err
    assert main(["reconcile", str(tmp_path / "none.json"), "-c", file]) == 1
    path.write_text(json.dumps({"object": "page", "data": []}))
    assert main(["reconcile", str(path), "-c", file]) == 1
    assert "no lines" in capsys.readouterr().err
