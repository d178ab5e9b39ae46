"""Show the tools of a server or an endpoint: what each takes, and what it costs in a model's context window.

An endpoint's tools are those it shows, under the names it shows them by. The cost is an estimate, of a token for every
four characters of name, description and schema; it is paid with every ask of an agent that loads all tools.
"""

import argparse
import asyncio
from typing import Any, cast

import msgspec

from trigate.cli.mcp.probe.probe import Probe, probing
from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, show
from trigate.config.config import Config
from trigate.config.load import load
from trigate.core.errors import BadConfig, UpstreamFailed
from trigate.mcp.listing import Thing
from trigate.mcp.settings import McpSettings
from trigate.mcp.view import View, views

_CHARACTERS = 4
"""Of a token, about."""
_COUNTED = ("name", "description", "inputSchema")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="SERVER|ENDPOINT", nargs="?", default="", help="default: all of /mcp")
    parser.add_argument("--schemas", action="store_true", help="show the schemas too, as JSON")
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if a server cannot be reached; raises BadConfig."""
    return asyncio.run(_inspect(load(arguments.config), arguments))


async def _inspect(config: Config, arguments: argparse.Namespace) -> int:
    view = _view(config.mcp or McpSettings(), arguments.name)
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    async with probing(config) as probe:
        for server in view.servers:
            try:
                rows += await _rows(probe, view, server)
            except UpstreamFailed as error:
                failed.append(f"{server}: {error.message}")
    _show(rows, arguments)
    for each in failed:
        print(f"not reached: {each}")
    return 1 if failed else 0


def _view(settings: McpSettings, name: str) -> View:
    """The endpoint of this name, or one server as /mcp shows it; raises BadConfig."""
    for view in views(settings):
        if view.name == name:
            return view
    if name in settings.servers:
        only = msgspec.structs.replace(settings, servers={name: settings.servers[name]}, endpoints={})
        return views(only)[0]
    raise BadConfig(f"there is no server or endpoint {name!r} in the configuration")


async def _rows(probe: Probe, view: View, server: str) -> list[dict[str, Any]]:
    report, _ = await probe.look(server)
    tools = report.lists.get("tools")
    shown = [each for name, each in (tools.things if tools else {}).items() if view.shows(server, "tool", name)]
    return [_row(view, server, each) for each in shown]


def _row(view: View, server: str, tool: Thing) -> dict[str, Any]:
    shape = view.shape(server, tool.name)
    members = tool.members if shape is None else shape.define(dict(tool.members))
    found: dict[str, Any] = {key: msgspec.json.decode(raw) for key, raw in members.items()}
    found["name"] = view.expose(server, tool.name)
    counted = {key: found[key] for key in _COUNTED if key in found}
    schema: Any = found.get("inputSchema")
    takes = cast("dict[str, Any]", schema).get("properties") if isinstance(schema, dict) else None
    needed: Any = cast("dict[str, Any]", schema).get("required") if isinstance(schema, dict) else None
    return {
        "tool": found["name"],
        "tokens": -(-len(msgspec.json.encode(counted)) // _CHARACTERS),
        "takes": [f"{each}{'' if each in (needed or []) else '?'}" for each in cast("dict[str, Any]", takes or {})],
        "description": str(found.get("description", "")).strip().partition("\n")[0],
        "inputSchema": schema,
        "outputSchema": found.get("outputSchema"),
    }


def _show(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    if arguments.format != "table":
        show(rows, ["tool", "tokens", "takes", "description"], arguments.format)
        return
    show(
        [{**each, "description": each["description"][:60]} for each in rows],
        ["tool", "tokens", "takes", "description"],
        "table",
    )
    if arguments.schemas:
        for each in rows:
            schema = msgspec.json.format(msgspec.json.encode(each["inputSchema"]), indent=2).decode()
            print(f"\n{each['tool']}\n{''.join(c if c.isprintable() or c == chr(10) else '?' for c in schema)}")
    print(f"\n{len(rows)} tools, about {sum(each['tokens'] for each in rows)} tokens")
