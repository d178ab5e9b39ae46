"""Metadata of protected resources (RFC 9728)."""

from typing import Any

import msgspec
import pytest

from trigate.core.errors import NotFound
from trigate.portal.pages.protected_resource import ProtectedResource
from trigate.portal.resource import Resource, Resources
from trigate.portal.visit import Visit

URL = "https://gateway.example"
KNOWN = [
    Resource("/mcp", scopes=("mcp:tools",)),
    Resource("/mcp/a", scopes=("mcp:tools",), issuers=("https://idp.example",)),
]


def visit(path: str, method: str = "GET") -> Visit:
    return Visit(page="protected_resource", method=method, path="/.well-known/oauth-protected-resource" + path)


async def read(path: str, own: str = "") -> dict[str, Any]:
    answer = await ProtectedResource(Resources(URL, KNOWN), own).answer(visit(path))
    return msgspec.json.decode(answer.body)


@pytest.mark.parametrize("path", ["", "/mcp"])
async def test_the_whole_gateway_is_described_at_both_places(path: str):
    assert await read(path, URL) == {
        "resource": f"{URL}/mcp",
        "authorization_servers": [URL],
        "scopes_supported": ["mcp:tools"],
        "bearer_methods_supported": ["header"],
    }


async def test_each_endpoint_is_a_resource_of_its_own():
    described = await read("/mcp/a", URL)
    assert described["resource"] == f"{URL}/mcp/a"
    assert described["authorization_servers"] == [URL, "https://idp.example"]


@pytest.mark.parametrize("path", ["/", "/mcp/b", "/mcp/a/x", "/v1", ""])
async def test_where_nobody_gives_out_tokens_there_is_nothing_to_describe(path: str):
    with pytest.raises(NotFound):
        await read(path)


async def test_pages_of_other_origins_may_read_it():
    assert (await ProtectedResource(Resources(URL, KNOWN)).answer(visit("", "OPTIONS"))).status == 204
