"""FastMCP's proxy as its documentation builds it: a server that passes everything on to another one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from bench import port
from bench.leg import Leg
from bench.site import Site

_TOOL = Leg("tool", tls=False)
_PROGRAM = """\
import asyncio, sys
import fastmcp
from fastmcp.server import create_proxy

proxy = create_proxy(sys.argv[1], name="proxy")
place = {"host": "127.0.0.1", "port": int(sys.argv[2]), "path": "/mcp"}
proxy.run(transport="http", **place, stateless_http=True, json_response=True, show_banner=False, log_level="error")
"""


class FastMcp:
    """The peer of the mcp lane: the tool proxy that most Python programs use."""

    name = "FastMCP"
    scenarios: tuple[str, ...] = ("tool",)
    connections = 4
    """It opens a session with the server for every call: of 32 at once it answers none within a second."""
    least_seconds = 5.0

    def ports(self) -> Mapping[Leg, int]:
        """One port: it speaks to tool servers only."""
        return {_TOOL: port.free()}

    def command(self, site: Site) -> list[str]:
        """Write the program that its documentation shows; it gives no prefix, so the server lists the name itself."""
        program = site.write("proxy.py", _PROGRAM)
        return [sys.executable, program, f"{site.url(_TOOL)}/prefixed", str(site.listen[_TOOL])]
