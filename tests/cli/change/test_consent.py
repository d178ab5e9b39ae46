"""Nothing is written that was not agreed to."""

import argparse
import io
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.change.consent import add_consent, carry_out
from trigate.cli.change.revision import Revision


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_consent(parser)
    return parser.parse_args(words)


@pytest.fixture
def revision(tmp_path: Path) -> Revision:
    path = tmp_path / "f"
    path.write_text("old\n")
    return Revision(path, "old\n", "new\n", True)


def test_it_is_written_when_that_is_said_before(revision: Revision, capsys: pytest.CaptureFixture[str]):
    assert carry_out(revision, given("--yes")) == 0
    assert revision.path.read_text() == "new\n"
    told = capsys.readouterr().out
    assert "-old\n+new\n" in told
    assert "what it was is in " in told


@pytest.mark.parametrize(("answer", "status", "text"), [("y\n", 0, "new\n"), ("\n", 1, "old\n"), ("no\n", 1, "old\n")])
def test_a_person_is_asked(answer: str, status: int, text: str, revision: Revision, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert carry_out(revision, given()) == status
    assert revision.path.read_text() == text


@pytest.mark.parametrize(("words", "status"), [(["--print"], 0), ([], 1)])
def test_without_a_person_nothing_is_written(words: list[str], status: int, revision: Revision, monkeypatch: Any):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert carry_out(revision, given(*words)) == status
    assert revision.path.read_text() == "old\n"


def test_no_change_is_no_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert carry_out(Revision(tmp_path / "f", "a", "a", True), given()) == 0
    assert "nothing to change" in capsys.readouterr().out
