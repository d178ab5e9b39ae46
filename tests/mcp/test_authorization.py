"""What clients without a good token are told."""

import pytest

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.errors import Forbidden, InsufficientScope, Unauthenticated
from trigate.core.principal import UNRESTRICTED, Principal, Restriction
from trigate.mcp.authorization import AuthorizationSettings, Challenges

URL = "https://gateway.example"
METADATA = f'resource_metadata="{URL}/.well-known/oauth-protected-resource/mcp/a"'


def told(error: Unauthenticated | Forbidden, restriction: Restriction = UNRESTRICTED) -> list[str]:
    asked = exchange()
    asked.route = "mcp/a"
    asked.principal = Principal("dev", frozenset(("mcp",)), restriction=restriction)
    Challenges(URL).complete(asked, error)
    return [value.decode() for name, value in error.headers if name == b"www-authenticate"]


def test_whoever_has_no_token_is_told_where_one_is_to_be_had():
    scopes = 'scope="mcp:tools mcp:resources mcp:prompts"'
    assert told(Unauthenticated("none")) == [f"Bearer {METADATA}, {scopes}"]
    given = ((b"www-authenticate", b'Bearer realm="trigate", error="invalid_token"'), (b"x", b"y"))
    assert told(Unauthenticated("bad", headers=given)) == [
        f'Bearer realm="trigate", error="invalid_token", {METADATA}, {scopes}'
    ]


def test_whoever_lacks_a_scope_is_told_everything_to_ask_for_at_once():
    held = Restriction(scopes=("mcp:prompts", "mcp:tools:git"))
    error = InsufficientScope("no", "mcp:tools")
    assert told(error, held) == [f'Bearer error="insufficient_scope", scope="mcp:prompts mcp:tools", {METADATA}']


def test_other_refusals_demand_nothing():
    assert told(Forbidden("no")) == []


@pytest.mark.parametrize("issuers", [(), ("idp.example",)])
def test_issuers_are_urls(issuers: tuple[str, ...]):
    with pytest.raises(ValueError, match="issuers"):
        AuthorizationSettings(issuers=issuers)
