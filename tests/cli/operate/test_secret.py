"""Secrets given to commands."""

import io

import pytest

from trigate.cli.operate.secret import read_secret
from trigate.core.errors import BadRequest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_comes_from_standard_input_without_the_end_of_its_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a secret \r\n"))
    assert read_secret("name") == "a secret "


def test_at_a_terminal_it_is_asked_for_and_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", Terminal("shown\n"))
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"answer to {prompt}")
    assert read_secret("name") == "answer to name: "


def test_nothing_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(BadRequest):
        read_secret("name")
