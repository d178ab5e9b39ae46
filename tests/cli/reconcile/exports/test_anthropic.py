"""Anthropic's bills, in the shapes of its Admin API and of its console's files."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged
from trigate.core.errors import BadConfig


def report(*results: dict[str, Any]) -> str:
    bucket = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", "results": results}
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None})


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text, encoding="utf-8")
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "anthropic"
    return merged(found)


def test_the_usage_report_tells_five_kinds_of_tokens(tmp_path: Path):
    result = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200, "output_tokens": 500, "server_tool_use": {"web_search_requests": 10},
        "model": "claude-opus-4-1-20250805", "service_tier": "standard", "context_window": "0-200k",
    }  # fmt: skip
    (line,) = lines(tmp_path, report(result))
    assert (line.day, line.input, line.cache_read, line.cache_write, line.output) == (
        "2026-11-01",
        3200,
        200,
        1500,
        500,
    )
    assert line.cost is None


def test_amounts_of_the_cost_report_are_cents(tmp_path: Path):
    result = {"amount": "123.78912", "currency": "USD", "model": "claude-opus-4-1", "cost_type": "tokens"}
    (line,) = lines(tmp_path, report(result))
    assert line.cost == 1_237_891_200
    with pytest.raises(BadConfig, match="EUR"):
        lines(tmp_path, report({**result, "currency": "EUR"}))


def test_the_consoles_usage_file(tmp_path: Path):
    text = (
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
        "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
        "usage_output_tokens,web_search_count,inference_geo,speed\n"
        "2026-08-05,claude-opus-5,App,Default,standard,≤ 200k,46981,15969,1,2,16932,0,global,\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.input, line.cache_read, line.cache_write, line.output) == (62953, 2, 15970, 16932)


def test_the_consoles_cost_file(tmp_path: Path):
    text = (
        "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type\n"
        "2026-08-04,Claude Haiku 4.5,Default,key,message,≤ 200k,input_no_cache,0.05,0.05,token\n"
        "2026-08-04,Claude Haiku 4.5,Default,key,message,≤ 200k,output,0.02,0.02,token\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.model, line.cost) == ("2026-08-04", "Claude Haiku 4.5", 70_000_000)
