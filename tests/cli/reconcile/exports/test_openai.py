"""OpenAI's bills, in the shapes of its reference and of its dashboard's files."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged
from trigate.core.errors import BadConfig


def bucket(*results: dict[str, Any]) -> str:
    return json.dumps(
        {
            "object": "page",
            "data": [{"object": "bucket", "start_time": 1730419200, "end_time": 1730505600, "results": results}],
            "has_more": False,
            "next_page": None,
        }
    )


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text)
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "openai"
    return merged(found)


def test_usage_of_a_model(tmp_path: Path):
    result = {
        "object": "organization.usage.completions.result", "input_tokens": 1000, "output_tokens": 500,
        "input_cached_tokens": 800, "num_model_requests": 5, "project_id": None, "model": "gpt-5-mini-2025-08-07",
    }  # fmt: skip
    (line,) = lines(tmp_path, bucket(result, {"object": "organization.usage.vector_stores.result", "usage_bytes": 7}))
    assert (line.day, line.model, line.cost) == ("2024-11-01", "gpt-5-mini-2025-08-07", None)
    assert (line.input, line.cache_read, line.output, line.requests) == (1000, 800, 500, 5)


def test_costs_by_item_are_of_a_model(tmp_path: Path):
    costs = [
        {"object": "organization.costs.result", "amount": {"value": value, "currency": "usd"}, "line_item": item}
        for value, item in ((0.06, "gpt-5-mini, input"), (0.1234567891, "gpt-5-mini, output"), (1, None))
    ]
    every, model = lines(tmp_path, bucket(*costs))
    assert (every.model, every.cost) == ("", 1_000_000_000)
    assert (model.model, model.cost) == ("gpt-5-mini", 183_456_789)


def test_other_money_than_dollars_is_refused(tmp_path: Path):
    cost = {"object": "organization.costs.result", "amount": {"value": 1, "currency": "eur"}, "line_item": "m, input"}
    with pytest.raises(BadConfig, match="eur"):
        lines(tmp_path, bucket(cost))


def test_the_dashboards_cost_file(tmp_path: Path):
    text = (
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item\n"
        '1730419200,1730505600,2024-11-01T00:00:00+00:00,2024-11-02T00:00:00+00:00,0.25,usd,10,tokens,"gpt-5, input"\n'
        "1730419200,1730505600,2024-11-01T00:00:00+00:00,2024-11-02T00:00:00+00:00,,,,,\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.model, line.cost) == ("2024-11-01", "gpt-5", 250_000_000)


def test_the_dashboards_usage_file_of_minutes(tmp_path: Path):
    text = (
        "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,model,input_tokens,output_tokens,"
        "input_cached_tokens\n"
        "1761523200,1761523260,2025-10-27T00:00:00+00:00,2025-10-27T00:01:00+00:00,proj,3.0,gpt-5,4212,1673,0\n"
        "1761523260,1761523320,2025-10-27T00:01:00+00:00,2025-10-27T00:02:00+00:00,proj,1.0,gpt-5,10,5,2\n"
        "1761523320,1761523380,2025-10-27T00:02:00+00:00,2025-10-27T00:03:00+00:00,,,,,,\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.requests, line.input, line.output, line.cache_read) == (4, 4222, 1678, 2)
