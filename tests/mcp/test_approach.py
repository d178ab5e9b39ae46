"""Servers are reached by the transport that their settings name."""

from typing import Any

import pytest

from tests.mcp.stage import FakeClient, Spool, surround
from trigate.mcp.approach import transport_of
from trigate.mcp.probing import Probing
from trigate.mcp.settings import Server
from trigate.mcp.transports.http_sse import HttpSse
from trigate.mcp.transports.stdio import Stdio
from trigate.mcp.transports.streamable_http import StreamableHttp


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (Server(url="http://git/mcp"), Probing),
        (Server(url="http://git/mcp", transport="streamable_http"), StreamableHttp),
        (Server(url="http://git/mcp", era="modern"), StreamableHttp),
        (Server(url="http://git/sse", transport="sse"), HttpSse),
        (Server(command=("git-server",)), Stdio),
    ],
)
async def test_the_settings_decide(server: Server, kind: type):
    client: Any = FakeClient()
    assert type(transport_of("git", server, client, surround(Spool()))) is kind
