"""Addresses in results that nobody lists are given their server."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from tests.mcp.servers import ModernServer
from tests.mcp.stage import gateway
from trigate.mcp.ask import Ask
from trigate.mcp.link import keep_readable
from trigate.mcp.view import View

LINK = {"type": "resource_link", "uri": "x://1", "name": "x"}
NAMED = LINK | {"uri": "trigate://a/x://1"}


@pytest.mark.parametrize(
    ("method", "member", "value", "expected"),
    [
        ("tools/call", "content", [LINK], [NAMED]),
        ("tools/call", "content", {"type": "resource"}, {"type": "resource"}),
        ("tools/call", "content", [LINK | {"uri": 5}, ["resource"], "resource"], None),
        ("tools/call", "content", [LINK | {"uri": "file:///a"}], None),
        ("prompts/get", "messages", [{"role": "user", "content": LINK}], [{"role": "user", "content": NAMED}]),
        ("prompts/get", "messages", [{"role": "user", "content": ["resource"]}, "resource"], None),
        ("resources/read", "contents", [{"uri": "x://1", "text": '"resource'}], None),
        ("completion/complete", "completion", {"values": ["resource"]}, None),
    ],
)
async def test_only_what_must_be_changed_is_changed(method: str, member: str, value: Any, expected: Any):
    async with gateway({"a": ModernServer(), "b": ModernServer()}) as gate:
        await gate.modern("resources/list")
        found = {member: Raw(msgspec.json.encode(value))}
        keep_readable(Ask(View("", ("a", "b")), name=method), gate.lane._upstreams["a"], found)
        assert msgspec.json.decode(found[member]) == (value if expected is None else expected)
