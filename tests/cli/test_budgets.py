"""`trigate budgets`."""

import json
from pathlib import Path

import pytest

from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _a_gateway_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(
        "store: { directory: data }\npolicy: { limits: [{ kind: budget, name: all, usd: 100, window: month }] }\n"
    )


def test_a_budget_is_set_listed_and_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", "set", "teams", "--usd", "12.50", "--per", "team", "--team", "support*"]) == 0
    capsys.readouterr()
    assert main(["budgets", "list"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "per", "scope", "limit", "used", "left", "resets", "source"]
    assert first.split() == ["all", "100.00", "0.00", "100.00", "file"]
    assert second.split() == ["teams", "team", "12.50", "0.00", "12.50", "store"]
    assert main(["budgets", "delete", "teams"]) == 0
    capsys.readouterr()
    assert main(["budgets", "list", "--format", "json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["all"]


@pytest.mark.parametrize(
    "options", [["--usd", "-1"], ["--usd", "x"], ["--usd", "1", "--window", "never"], ["--usd", "1", "--per", "moon"]]
)
def test_a_budget_that_makes_no_sense_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", "set", "teams", *options]) == 1
    assert capsys.readouterr().err


def test_a_budget_of_the_file_is_not_deleted_from_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", "delete", "all"]) == 1
    assert "'all'" in capsys.readouterr().err
