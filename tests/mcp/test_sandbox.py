"""What every sandbox gives a command."""

import pytest

from trigate.core.settings import Secret
from trigate.mcp.sandbox import revealed, surrounding


def test_of_the_gateways_environment_only_three_names_are_passed_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    assert surrounding().keys() <= {"PATH", "HOME", "LANG"}
    assert surrounding()["LANG"] == "C"


def test_what_is_configured_is_given_as_it_is():
    assert revealed({"A": Secret("b")}) == {"A": "b"}
