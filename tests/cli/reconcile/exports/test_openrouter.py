"""OpenRouter's bills, in the shapes of its endpoint and of its activity page's files."""

import json
from datetime import UTC
from pathlib import Path

from trigate.cli.reconcile.bill import read_bill
from trigate.cli.reconcile.line import Line, merged


def lines(folder: Path, text: str) -> list[Line]:
    (folder / "bill").write_text(text)
    form, found = read_bill(folder / "bill", "auto", UTC)
    assert form == "openrouter"
    return merged(found)


def test_activity_by_day_and_endpoint(tmp_path: Path):
    item = {
        "date": "2025-08-24", "model": "openai/gpt-4.1", "model_permaslug": "openai/gpt-4.1-2025-04-14",
        "endpoint_id": "550e8400", "provider_name": "OpenAI", "usage": 0.015, "byok_usage_inference": 0.012,
        "requests": 5, "prompt_tokens": 50, "completion_tokens": 125, "reasoning_tokens": 25,
    }  # fmt: skip
    (line,) = lines(tmp_path, json.dumps({"data": [item, {**item, "endpoint_id": "other"}]}))
    assert (line.day, line.model, line.cost) == ("2025-08-24", "openai/gpt-4.1", 30_000_000)
    assert (line.input, line.output, line.requests) == (100, 250, 10)


def test_the_file_of_days(tmp_path: Path):
    text = (
        "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n"
        '"2026-05-12 00:00:00","anthropic/claude-opus-4.7","430.07","0","11","1000","20","0"\n'
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.cost, line.requests, line.input) == ("2026-05-12", 430_070_000_000, 11, 1000)


def test_the_file_of_generations(tmp_path: Path):
    text = (
        "generation_id,created_at,cost_total,cost_web_search,cost_cache,tokens_prompt,tokens_completion,model_permaslug\n"
        "gen-1,2026-06-28 03:46:57.713,0.0123,0,0,10389,137,openai/gpt-oss-120b\n"
        "gen-2,2026-06-28 23:59:59,0.0007,0,0,40,20,openai/gpt-oss-120b\n"
    )
    (line,) = lines(tmp_path, text)
    assert (line.day, line.cost, line.input, line.output, line.requests) == ("2026-06-28", 13_000_000, 10429, 157, 2)
