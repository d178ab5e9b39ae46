"""Secrets are found wherever they stand in settings."""

from trigate.core.hidden import hidden
from trigate.core.settings import Secret, Settings


class Inner(Settings):
    key: Secret | None = None
    more: dict[str, Secret] = {}


class Outer(Settings):
    one: Inner = Inner()
    many: list[Inner] = []
    name: str = "no secret"


def test_secrets_are_found_in_fields_lists_and_mappings():
    settings = Outer(one=Inner(key=Secret("a")), many=[Inner(more={"x": Secret("b")}), Inner()])
    assert sorted(hidden(settings)) == ["a", "b"]
    assert list(hidden("no secret")) == []
