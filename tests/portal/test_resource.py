"""Endpoints as protected resources."""

import pytest

from trigate.portal.resource import Resource, Resources

ALL, SCOPED = Resource("/mcp"), Resource("/mcp/a")
RESOURCES = Resources("https://gateway.example", [ALL, SCOPED])


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("https://gateway.example/mcp", ALL),
        ("https://gateway.example/mcp/", ALL),
        ("https://gateway.example/mcp/a", SCOPED),
        ("https://gateway.example/mcp/b", None),
        ("https://gateway.example/mcp//", None),
        ("https://other.example/mcp", None),
        ("https://gateway.example", None),
        ("", None),
    ],
)
def test_an_endpoint_is_found_by_its_identifier_alone(identifier: str, found: Resource | None):
    assert RESOURCES.find(identifier) is found


def test_an_endpoint_is_found_by_its_path():
    assert RESOURCES.at("/mcp/a") is SCOPED
    assert RESOURCES.at("/mcp/b") is None
    assert RESOURCES.identifier(SCOPED) == "https://gateway.example/mcp/a"
