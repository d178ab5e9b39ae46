"""A process without a sandbox."""

import pytest

from trigate.core.settings import Secret
from trigate.mcp.sandbox import Program
from trigate.mcp.sandboxes.plain import Plain


def test_the_command_stands_as_it_is_with_an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CANARY", "canary")
    launch = Plain().launch(Program("git", ("uvx", "git"), {"TOKEN": Secret("t")}, "/srv", ""))
    assert (launch.words, launch.cwd, launch.remove) == (("uvx", "git"), "/srv", ())
    assert launch.environment["TOKEN"] == "t"
    assert "CANARY" not in launch.environment
