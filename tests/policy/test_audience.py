"""Tokens of other issuers at MCP endpoints."""

from collections.abc import Awaitable
from typing import Any

import pytest

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import ANY, Principal
from trigate.policy.audience import Audiences

URL, IDP = "https://gateway.example", "https://idp.example"


def at(route: str = "mcp/a", lane: str = "mcp") -> Exchange:
    asked = exchange()
    asked.lane, asked.route = lane, route
    return asked


def check(principal: Principal | None, asked: Exchange, claim: str = "") -> Any:
    return Audiences(URL, (IDP,), claim).checking(lambda _: principal)(asked)


def bearer(**claims: Any) -> Principal:
    return Principal("jwt:ada", frozenset(("mcp", "api")), claims={"iss": IDP, "aud": f"{URL}/mcp/a", **claims})


@pytest.mark.parametrize("audience", [f"{URL}/mcp/a", [f"{URL}/mcp/a", "other"], f"{URL}/mcp/a/"])
def test_a_token_for_this_very_endpoint_is_good(audience: Any):
    found = bearer(aud=audience)
    assert check(found, at()) is found


def test_an_issuer_may_say_it_by_the_resource():
    found = bearer(aud="client", resource=f"{URL}/mcp/a")
    assert check(found, at()) is found


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{URL}/mcp"},
        {"aud": f"{URL}/mcp/b"},
        {"aud": URL},
        {"aud": None},
        {"aud": ["https://evil.example/mcp/a"]},
        {"iss": "https://other.example"},
    ],
)
def test_any_other_token_is_refused(claims: dict[str, Any]):
    with pytest.raises(Unauthenticated):
        check(bearer(**claims), at())


def test_other_lanes_and_keys_are_left_alone():
    token, key = bearer(aud="api"), Principal("dev", frozenset(("mcp",)))
    assert check(token, at("orders", "api")) is token
    assert check(key, at()) is key
    assert check(None, at()) is None


async def test_whoever_must_be_waited_for_is_checked_too():
    async def later() -> Principal:
        return bearer(aud="other")

    found = Audiences(URL, (IDP,)).checking(lambda _: later())(at())
    assert isinstance(found, Awaitable)
    with pytest.raises(Unauthenticated):
        await found


def test_scopes_of_a_claim_limit_the_bearer_who_stays_the_same_object():
    audiences = Audiences(URL, (IDP,), "scp")
    found = bearer(scp=["mcp:tools:git", "profile"])
    check = audiences.checking(lambda _: found)
    narrowed: Any = check(at())
    assert narrowed.restriction.scopes == ("mcp:tools:git",)
    assert check(at()) is narrowed
    assert found.restriction.scopes == ANY
