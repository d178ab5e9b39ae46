"""Google's bills, in the columns of its export; the rows are made up."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged
from trigate.core.errors import BadConfig


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text)
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "google"
    return merged(found)


ROW = {
    "service": {"id": "C7E2-9256-1C43", "description": "Vertex AI"},
    "sku": {"description": "Gemini 2.5 Pro Text Input - Predictions"},
    "usage_start_time": "2026-11-01 23:00:00 UTC",
    "cost": 0.25,
    "currency": "USD",
    "credits": [{"amount": -0.1}],
}


def test_rows_as_json_are_read_by_day(tmp_path: Path):
    other = {**ROW, "service": {"description": "Cloud Storage"}}
    late = {**ROW, "usage_start_time": "2026-11-02T01:00:00Z", "service": {"description": "Gemini API"}}
    text = "\n".join(json.dumps(each) for each in (ROW, ROW, other, late))
    found = [(each.day, each.model, each.cost) for each in lines(tmp_path, text)]
    assert found == [("2026-11-01", "", 500_000_000), ("2026-11-02", "", 250_000_000)]


@pytest.mark.parametrize("name", ["service.description", "service_description"])
def test_rows_as_a_table_are_read_too(name: str, tmp_path: Path):
    rows = "Vertex AI,2026-11-01 23:00:00 UTC,0.25,USD\nBigQuery,2026-11-01,1,USD\n"
    text = f"{name},usage_start_time,cost,currency\n{rows}"
    (line,) = lines(tmp_path, text)
    assert (line.day, line.cost) == ("2026-11-01", 250_000_000)


def test_other_money_is_not_compared(tmp_path: Path):
    with pytest.raises(BadConfig, match="EUR"):
        lines(tmp_path, json.dumps({**ROW, "currency": "EUR"}))
