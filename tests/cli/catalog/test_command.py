"""`trigate catalog`."""

from pathlib import Path

import pytest

from tests.llm.test_model_table import SMALL
from trigate.cli.main import main

CONFIG = """\
llm: {{ catalog: {path} }}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def test_a_model_is_shown_without_any_configuration(capsys: pytest.CaptureFixture[str]):
    assert main(["catalog", "show", "openai/gpt-5.2"]) == 0
    assert capsys.readouterr().out.startswith("openai/gpt-5.2\n  context")


def test_a_model_that_is_not_known_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["catalog", "show", "openai/nothing"]) == 1
    assert "nothing is known of 'openai/nothing'" in capsys.readouterr().err


def test_the_table_of_the_configuration_is_renewed_and_then_shown(capsys: pytest.CaptureFixture[str]):
    Path("small.json").write_bytes(SMALL)
    Path("trigate.yaml").write_text(CONFIG.format(path="models.json"))
    Path("models.json").write_bytes(SMALL)
    assert main(["catalog", "update", "small.json"]) == 0
    assert "2 models of 2 providers, 0 new, 0 gone, 0 with another price" in capsys.readouterr().out
    assert main(["catalog", "show", "lab/big"]) == 0
    assert "200,000 tokens" in capsys.readouterr().out


def test_where_the_table_goes_must_be_known(capsys: pytest.CaptureFixture[str]):
    Path("small.json").write_bytes(SMALL)
    assert main(["catalog", "update", "small.json"]) == 1
    assert "llm.catalog" in capsys.readouterr().err
    assert main(["catalog", "update", "small.json", "-o", "made.json"]) == 0
    assert Path("made.json").read_bytes() == SMALL


@pytest.mark.parametrize(
    ("source", "told"),
    [("absent.json", "No such file"), ("broken.json", "this is not"), ("http://127.0.0.1:1/x", "not a public one")],
)
def test_what_cannot_be_read_is_told_in_one_line(source: str, told: str, capsys: pytest.CaptureFixture[str]):
    Path("broken.json").write_text("{}")
    assert main(["catalog", "update", source, "-o", "made.json"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not Path("made.json").exists()


def test_a_table_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("trigate.cli.catalog.command.LARGEST", 10)
    Path("large.json").write_bytes(SMALL)
    assert main(["catalog", "update", "large.json", "-o", "made.json"]) == 1
    assert "at most 10 bytes" in capsys.readouterr().err


def test_a_configured_table_that_is_broken_is_named(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text(CONFIG.format(path="models.json"))
    Path("models.json").write_text("broken")
    assert main(["catalog", "show", "lab/big"]) == 1
    assert "models.json" in capsys.readouterr().err
