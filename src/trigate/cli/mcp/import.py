"""Import tool servers from a client's configuration, or from the registry's `server.json`.

SOURCE is a file or URL: an `.mcp.json`, the file of Claude Desktop, VS Code, Cursor, Codex, Gemini CLI and others, or
a `server.json`; or the name of a client whose own file is read (`trigate mcp import cursor`). What looks like a secret
becomes a reference to a variable and is never copied; everything else is shown, and written when that is agreed to.
"""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from trigate.cli.change.configuration import server_names, unset, with_servers
from trigate.cli.change.consent import add_consent, carry_out
from trigate.cli.change.revision import read_text
from trigate.cli.connect.client import client_names, place_of, read_client
from trigate.cli.operate.client import add_config
from trigate.config.environment import environment
from trigate.config.json_edit import read_json
from trigate.config.load import load
from trigate.config.registry_entry import is_registry_document, registry_entry
from trigate.config.server_entry import entries_of
from trigate.config.server_list import ServerList, translate
from trigate.config.toml_edit import read_toml
from trigate.core.errors import BadConfig

_LARGEST = 4 * 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", metavar="SOURCE", help="a file, a URL, or the name of a client such as cursor")
    parser.add_argument("--only", metavar="A,B", default="", help="the servers of these names, as the source has them")
    parser.add_argument("--project", action="store_true", help="of a client: the file of this folder")
    parser.add_argument("--package", action="store_true", help="of a server.json: run the package, not the address")
    parser.add_argument("--force", action="store_true", help="replace servers of the same names")
    add_consent(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if nothing was written or there is nothing to; raises BadConfig, OSError, GatewayError."""
    path = Path(arguments.config)
    present = server_names(path)
    found = _found(arguments)
    servers = [each for each in found.servers if arguments.force or each.name not in present]
    for each in [
        f"{each.name}: there is one of this name; --force replaces it" for each in found.servers if each not in servers
    ]:
        print(f"left out: {each}")
    for each in found.notes:
        print(f"left out: {each}")
    if not servers:
        print(f"{found.file}: nothing to import")
        return 1
    status = carry_out(with_servers(path, servers, found.variables), arguments)
    if status == 0:
        for name in unset(found.variables):
            print(f"export {name}=…   # see {found.file}")
    return status


def _found(arguments: argparse.Namespace) -> ServerList:
    name, content = _content(arguments)
    if is_registry_document(content):
        entries: Mapping[str, dict[str, Any]] = dict([registry_entry(content, arguments.package)])
    else:
        entries = entries_of(content)
    wanted = {each.strip() for each in arguments.only.split(",") if each.strip()}
    missing = wanted - entries.keys()
    if missing:
        raise BadConfig(f"trigate mcp import: {name} has no server {', '.join(sorted(missing))}")
    return translate({key: entry for key, entry in entries.items() if not wanted or key in wanted}, name)


def _content(arguments: argparse.Namespace) -> tuple[str, Any]:
    source: str = arguments.source
    if source.startswith(("https://", "http://")):
        from trigate.cli.catalog.fetch import fetch

        data = asyncio.run(fetch(source, load(arguments.config).outbound, _LARGEST))
        try:
            return source, msgspec.json.decode(data)
        except msgspec.DecodeError:
            raise BadConfig(f"{source} is not JSON") from None
    path = _path(source, arguments.project)
    text, existed = read_text(path)
    if not existed:
        raise BadConfig(f"trigate mcp import: {path}: there is no such file")
    return path.name, (read_toml if path.suffix == ".toml" else read_json)(text, str(path))


def _path(source: str, project: bool) -> Path:
    if source not in client_names() or Path(source).exists():
        return Path(source)
    client = read_client(source)
    if client.format == "yaml":
        raise BadConfig(f"trigate mcp import: the file of {client.title} is not read; give it as JSON")
    scope = "project" if project or not client.user else "user"
    return place_of(client, scope, "trigate", Path(), environment())
