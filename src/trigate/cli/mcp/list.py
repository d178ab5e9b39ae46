"""List the tool servers of a configuration: how each is reached, the endpoints that show it, and how it does."""

import argparse
import asyncio
from typing import Any

from trigate.cli.mcp.probe.probe import Probe, probing
from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, show
from trigate.config.config import Config
from trigate.config.load import open_config
from trigate.core.errors import UpstreamFailed
from trigate.core.kinds import name_of
from trigate.mcp.settings import McpSettings, Server

COLUMNS = ["name", "kind", "reached_by", "era", "start", "sandbox", "endpoints"]
PROBED = ["name", "kind", "answers", "speaks", "tools", "prompts", "resources", "ms"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--probe", action="store_true", help="reach each of them: what it speaks, what it has, how long"
    )
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if one that was to be reached cannot be; raises BadConfig."""
    loaded = open_config(arguments.config)
    settings = loaded.config.mcp or McpSettings()
    rows = [_row(name, server, settings) for name, server in settings.servers.items()]
    for row in rows:
        row["reached_by"] = loaded.substitution.redact(row["reached_by"])
    if arguments.probe:
        asyncio.run(_probe(loaded.config, rows))
    show(rows, PROBED if arguments.probe else COLUMNS, arguments.format)
    return 0 if all(row.get("answers", "yes") == "yes" for row in rows) else 1


async def _probe(config: Config, rows: list[dict[str, Any]]) -> None:
    """All at the same time: one that is slow or down is no reason to wait for the others."""
    async with probing(config) as probe, asyncio.TaskGroup() as group:
        for row in rows:
            group.create_task(_reach(probe, row))


async def _reach(probe: Probe, row: dict[str, Any]) -> None:
    try:
        report, _ = await probe.look(row["name"])
    except UpstreamFailed as error:
        row["answers"] = error.message
        return
    counts = {plural: len(listing.things) for plural, listing in report.lists.items()}
    row |= {"answers": "yes", "speaks": report.greeting.version, "ms": round(report.seconds["hello"] * 1000)}
    row |= {kind: counts.get(kind, 0) for kind in ("tools", "prompts", "resources")}


def _row(name: str, server: Server, settings: McpSettings) -> dict[str, Any]:
    shown = [endpoint for endpoint, each in settings.endpoints.items() if name in each.servers]
    return {
        "name": name,
        "kind": "http" if server.url else "stdio",
        "reached_by": server.url or " ".join(server.command) or getattr(server.sandbox, "image", ""),
        "era": server.era,
        "start": "" if server.url else server.start,
        "sandbox": name_of(type(server.sandbox)) if server.sandbox else "",
        "endpoints": shown,
    }
