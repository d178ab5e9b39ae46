"""`trigate providers`."""

import json

import pytest

from trigate.cli.main import main
from trigate.core import kinds
from trigate.llm.provider import Provider


def test_it_lists_every_kind_once(capsys: pytest.CaptureFixture[str]):
    assert main(["providers", "--format", "json"]) == 0
    found = [each["kind"] for each in json.loads(capsys.readouterr().out)]
    assert found == kinds.every(Provider)


def test_it_shows_what_fits_a_text(capsys: pytest.CaptureFixture[str]):
    assert main(["providers", "GROQ_API"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split()[:3] == ["groq", "Groq", "https://api.groq.com/openai/v1"]


def test_nothing_that_fits_is_an_exit_status_of_1(capsys: pytest.CaptureFixture[str]):
    assert main(["providers", "no such provider"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1
