"""Which endpoint is meant, and what of the scopes that are asked for may be had."""

import pytest

from trigate.policy.scope import SCOPES
from trigate.portal.grant import find_resource, narrow
from trigate.portal.refused import Refused
from trigate.portal.resource import Resource, Resources

RESOURCES = Resources("https://gateway.example", [Resource("/mcp"), Resource("/mcp/a")])
ALL = " ".join(SCOPES)


def test_an_endpoint_is_named_or_the_usual_one_is_meant():
    assert find_resource(RESOURCES, {"resource": "https://gateway.example/mcp/a"}).path == "/mcp/a"
    assert find_resource(RESOURCES, {}).path == "/mcp"
    for other in ("https://gateway.example", "https://evil.example/mcp", "/mcp", "mcp"):
        with pytest.raises(Refused) as refused:
            find_resource(RESOURCES, {"resource": other})
        assert refused.value.error == "invalid_target"


@pytest.mark.parametrize(
    ("wanted", "most", "had"),
    [
        ("", SCOPES, ALL),
        ("openid offline_access", SCOPES, ALL),
        ("mcp:tools openid", SCOPES, "mcp:tools"),
        ("mcp:tools:git/push", SCOPES, "mcp:tools:git/push"),
        ("mcp:tools", ("mcp:tools:git",), "mcp:tools:git"),
        ("mcp:tools mcp:prompts", ("mcp:tools:git",), "mcp:tools:git"),
    ],
)
def test_what_may_be_had_of_what_is_asked_for(wanted: str, most: tuple[str, ...], had: str):
    assert narrow(wanted, most) == had


@pytest.mark.parametrize(("wanted", "most"), [("mcp:tools", ("mcp:prompts",)), ("mcp:all", SCOPES)])
def test_nothing_of_it_is_an_error(wanted: str, most: tuple[str, ...]):
    with pytest.raises(Refused) as refused:
        narrow(wanted, most)
    assert refused.value.error == "invalid_scope"
