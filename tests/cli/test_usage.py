"""`trigate usage`."""

import json
from pathlib import Path

import pytest

from tests.admin.test_usage import used
from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _a_gateway_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text("store: { directory: data }\n")
    used(tmp_path / "data")


def test_a_table_shows_dollars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--by", "team"]) == 0
    head, first, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["team", "calls", "input", "tokens", "output", "tokens", "tool", "calls", "usd"]
    assert first.split() == ["acme-team", "2", "20", "10", "0", "3.00"]


def test_programs_get_every_member(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--by", "team,model", "--team", "acme-team", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["team"], row["model"], row["cost"]) == ("acme-team", "gpt", 3_000_000_000)
    assert main(["usage", "--by", "day", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("day,calls,")


def test_what_cannot_be_asked_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--by", "moon"]) == 1
    assert "cannot be asked by 'moon'" in capsys.readouterr().err
