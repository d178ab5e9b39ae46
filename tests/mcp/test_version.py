"""Whose a `_meta` key is."""

import pytest

from trigate.mcp.version import LEGACY, is_reserved


@pytest.mark.parametrize("key", ["io.modelcontextprotocol/x", "dev.mcp/x", "io.modelcontextprotocol.registry/y"])
def test_keys_of_the_protocol_are_for_one_hop(key: str):
    assert is_reserved(key)


@pytest.mark.parametrize("key", ["traceparent", "com.example/x", "mcp/x", "com.example.mcp/x", "progressToken", "/x"])
def test_other_keys_go_on(key: str):
    assert not is_reserved(key)


def test_revisions_sort_by_age():
    assert list(LEGACY) == sorted(LEGACY)
