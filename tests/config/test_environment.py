"""The environment is read when it is asked for."""

import pytest

from trigate.config.environment import environment


def test_a_variable_shows_as_soon_as_it_is_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRIGATE_TEST_VARIABLE", "value")
    assert environment()["TRIGATE_TEST_VARIABLE"] == "value"
