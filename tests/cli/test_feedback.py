"""`trigate feedback`: what was said, and its mean."""

from pathlib import Path

import pytest

from tests.admin.test_feedback import say
from tests.admin.test_usage import used
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    used(tmp_path)
    say(tmp_path)
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    return str(path)


def test_a_list_has_a_line_for_each(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "list", "-c", file, "--team", "acme-team"]) == 0
    title, line = capsys.readouterr().out.splitlines()
    assert title.split()[:4] == ["time", "request", "model", "prompt"]
    assert "c1" in line
    assert "=1+1" in line


def test_a_spreadsheet_takes_no_comment_for_a_formula(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "list", "-c", file, "--format", "csv"]) == 0
    assert "'=1+1" in capsys.readouterr().out


def test_sums_show_the_mean(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "sum", "-c", file]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["gpt", "2", "2", "2.000"]


def test_a_word_that_there_is_not_is_refused(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "sum", "-c", file, "--by", "weather"]) == 1
    assert "weather" in capsys.readouterr().err
