"""Bills: their form is found by what they look like, and what is none is refused in one line."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from trigate.cli.reconcile.bill import known, read_bill
from trigate.core.errors import BadConfig

PAGE = {"object": "page", "data": [{"object": "bucket", "start_time": 1730419200, "results": []}]}


def test_there_are_seven_forms():
    assert list(known()) == ["anthropic", "aws", "azure", "google", "openai", "openrouter", "trigate"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PAGE),
        json.dumps([PAGE, PAGE]),
        f"{json.dumps(PAGE)}\n{json.dumps(PAGE)}\n",
        "\ufeff" + json.dumps(PAGE),
    ],
)
def test_pages_may_come_alone_in_a_list_or_line_by_line(text: str, tmp_path: Path):
    (tmp_path / "bill").write_text(text, encoding="utf-8")
    assert read_bill(tmp_path / "bill", "auto", UTC)[0] == "openai"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{}", "[]", "[1]", "{", '{"data": [1]}', "[" * 100_000])
def test_what_is_no_bill_is_refused(text: str, tmp_path: Path):
    (tmp_path / "bill").write_text(text)
    with pytest.raises(BadConfig, match="bill"):
        read_bill(tmp_path / "bill", "auto", UTC)


def test_another_form_than_the_one_that_is_said_is_refused(tmp_path: Path):
    (tmp_path / "bill").write_text(json.dumps(PAGE))
    with pytest.raises(BadConfig, match="anthropic"):
        read_bill(tmp_path / "bill", "anthropic", UTC)
    (tmp_path / "bill").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="UTF-8"):
        read_bill(tmp_path / "bill", "auto", UTC)


def test_a_wrong_figure_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "bill").write_text("day,model,usd\n2026-11-01,m,1\n2026-11-01,m,much\n")
    with pytest.raises(BadConfig, match="bill:3 usd"):
        read_bill(tmp_path / "bill", "auto", UTC)


def test_a_table_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path):
    (tmp_path / "bill").write_text('day,model,usd\n2026-01-01,a,"' + "x" * 200_000 + '"\n')
    with pytest.raises(BadConfig, match="bill:2: field larger than field limit"):
        read_bill(tmp_path / "bill", "trigate", UTC)
