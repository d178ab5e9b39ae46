"""`trigate logs`."""

import json
from pathlib import Path

import pytest

from tests.admin.test_log import keep
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    keep(tmp_path)
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    return str(path)


def test_a_list_has_a_line_for_each(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "list", "-c", file, "--model", "fast"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["logs", "list", "-c", file, "--request", "r-acme", "--format", "json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["c-acme"]


def test_one_is_shown(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "show", "r-acme", "-c", file]) == 0
    assert json.loads(capsys.readouterr().out)["ask"] == "what was said"
    assert main(["logs", "show", "nobody", "-c", file]) == 1
    assert "nobody" in capsys.readouterr().err
