"""List the tool servers of a configuration: how each is reached, and the endpoints that show it."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, show
from trigate.config.load import open_config
from trigate.core.kinds import name_of
from trigate.mcp.settings import McpSettings, Server

COLUMNS = ["name", "kind", "reached_by", "era", "start", "sandbox", "endpoints"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0; raises BadConfig."""
    loaded = open_config(arguments.config)
    settings = loaded.config.mcp or McpSettings()
    rows = [_row(name, server, settings) for name, server in settings.servers.items()]
    for row in rows:
        row["reached_by"] = loaded.substitution.redact(row["reached_by"])
    show(rows, COLUMNS, arguments.format)
    return 0


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
