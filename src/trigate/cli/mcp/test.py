"""Test a tool server: connect as the gateway does, list what it has, and call a tool if one is named.

The server is reached from here, by the configuration, whether a gateway runs or not; no caller's access counts. A
server whose credential is kept by a running gateway (a refresh token in the store) is tested through that gateway.
"""

import argparse
import asyncio
from typing import Any

import msgspec
from msgspec import Raw

from trigate.cli.mcp.probe.probe import Report, probing, text_of
from trigate.cli.operate.client import add_config
from trigate.config.load import load
from trigate.core.errors import BadConfig
from trigate.mcp.message import Message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("server", metavar="SERVER", help="its name in the configuration")
    parser.add_argument("tool", metavar="TOOL", nargs="?", help="a tool to call, by the server's own name")
    parser.add_argument("--arguments", metavar="JSON", default="{}", help='such as {"text": "hi"}; default: {}')
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the call failed; raises BadConfig or UpstreamFailed."""
    try:
        given: Any = msgspec.json.decode(arguments.arguments.encode())
    except msgspec.DecodeError as error:
        raise BadConfig(f"trigate mcp test: --arguments is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadConfig("trigate mcp test: --arguments is a JSON object")
    return asyncio.run(_test(arguments))


async def _test(arguments: argparse.Namespace) -> int:
    async with probing(load(arguments.config)) as probe:
        report, contact = await probe.look(arguments.server)
        _tell(report)
        if arguments.tool is None:
            return 0
        tools = report.lists.get("tools")
        if tools is not None and arguments.tool not in tools.things:
            raise BadConfig(f"server {report.name!r} has no tool {arguments.tool!r}")
        message = await probe.call(contact, report, arguments.tool, Raw(arguments.arguments.encode()))
        print(f"tools/call {arguments.tool}: {report.seconds['tools/call'] * 1000:.0f} ms")
        return _tell_answer(message)


def _tell(report: Report) -> None:
    greeting = report.greeting
    print(f"{report.name}: {greeting.era}, revision {greeting.version}")
    print(f"  hello: {report.seconds['hello'] * 1000:.0f} ms")
    for plural, listing in report.lists.items():
        method = "resources/templates/list" if plural == "resourceTemplates" else f"{plural}/list"
        print(f"  {plural}: {len(listing.things)} in {report.seconds[method] * 1000:.0f} ms")
        if plural == "tools":
            print("".join(f"    {_plain(name)}\n" for name in listing.things), end="")
        for each in listing.dropped:
            print(f"  warning: {_plain(each)}")
    for line in report.said:
        print(f"  says: {_plain(line)}")


def _tell_answer(message: Message) -> int:
    found: Any = text_of(message.result) if len(message.result) else text_of(message.error)
    print(_plain(msgspec.json.format(msgspec.json.encode(found), indent=2).decode(), keep="\n"))
    failed = len(message.error) > 0 or (
        isinstance(found, dict) and bool(msgspec.convert(found, dict[str, Any]).get("isError"))
    )
    return 1 if failed else 0


def _plain(text: str, keep: str = "") -> str:
    """What a server says must not drive the terminal."""
    return "".join(each if each.isprintable() or each in keep else "?" for each in text)
