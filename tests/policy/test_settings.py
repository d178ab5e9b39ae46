"""Keys declared in the file."""

from typing import Any

import pytest

from trigate.core.settings import Secret
from trigate.policy.settings import Key, PolicySettings


@pytest.mark.parametrize("secret", ["", "short", "with a\nline break in it", "schlüssel-schlüssel"])
def test_a_secret_that_cannot_serve_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as refused:
        Key(secret=Secret(secret))
    assert not secret or secret not in str(refused.value)


def test_two_keys_never_share_a_secret() -> None:
    with pytest.raises(ValueError, match="same secret"):
        PolicySettings(keys={"a": Key(secret=Secret("x" * 20)), "b": Key(secret=Secret("x" * 20))})


def test_a_key_may_use_all_lanes_unless_it_says_otherwise() -> None:
    assert Key(secret=Secret("x" * 20)).lanes == ("api", "llm", "mcp")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"addresses": ("10.0.0.1/8",)}, "host bits"),
        ({"addresses": ("office",)}, "does not appear"),
        ({"expires": "2027-01-31"}, "time zone"),
        ({"expires": "soon"}, "isoformat"),
    ],
)
def test_conditions_that_cannot_be_read_are_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Key(secret=Secret("x" * 20), **settings)
