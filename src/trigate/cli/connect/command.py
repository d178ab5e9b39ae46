"""Connect an MCP client to the gateway: write it into the client's own configuration.

The change is shown before it is made, the old text is kept beside it, comments and other entries stay. By default the
client reaches the gateway over HTTP, and names the variable TRIGATE_KEY in place of the key; clients that read no
variables need `--key`, which asks for the key and writes it. `--remove` takes the entry out again.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trigate.cli.change.consent import add_consent, carry_out
from trigate.cli.change.revision import Revision, read_text
from trigate.cli.connect.client import Client, Filling, client_names, entry_of, place_of, read_client
from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, show
from trigate.config.config import Config
from trigate.config.environment import environment
from trigate.config.json_edit import put_member, remove_member
from trigate.config.load import load
from trigate.config.toml_edit import put_table, remove_table
from trigate.config.yaml_edit import put_entry, remove_entry
from trigate.core.errors import BadConfig

_VARIABLE = "TRIGATE_KEY"
_PUT: Mapping[str, Any] = {"json": put_member, "toml": put_table, "yaml": put_entry}
_REMOVE: Mapping[str, Any] = {"json": remove_member, "toml": remove_table, "yaml": remove_entry}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("client", metavar="CLIENT", nargs="?", help="such as claude-code; without one, all are listed")
    parser.add_argument("--endpoint", metavar="NAME", default="", help="a scoped view; default: everything, at /mcp")
    parser.add_argument("--name", default="trigate", help="what the client calls the gateway; default: trigate")
    parser.add_argument("--url", metavar="URL", help="where the gateway is; default: where the configuration listens")
    parser.add_argument("--stdio", action="store_true", help="start `trigate mcp stdio` instead of using HTTP")
    parser.add_argument("--key", action="store_true", help="ask for the key and write it, in place of a variable")
    parser.add_argument("--variable", metavar="NAME", default=_VARIABLE, help="holds the key; default: TRIGATE_KEY")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--user", dest="scope", action="store_const", const="user", help="for all of the user's work")
    scope.add_argument("--project", dest="scope", action="store_const", const="project", help="for this folder alone")
    parser.add_argument("--remove", action="store_true", help="take the gateway out of the client's configuration")
    add_consent(parser)
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if nothing was written; raises BadConfig, OSError."""
    if arguments.client is None:
        return _list(arguments)
    client = read_client(arguments.client)
    scope = arguments.scope or ("user" if client.user else "project")
    path = place_of(client, scope, arguments.name, Path(), environment())
    text, existed = read_text(path)
    place = (*client.at, arguments.name)
    if arguments.remove:
        changed = _REMOVE[client.format](text, str(path), place)
        return carry_out(Revision(path, text, changed, existed), arguments)
    changed = _PUT[client.format](text, str(path), place, _entry(client, arguments))
    status = carry_out(Revision(path, text, changed, existed), arguments)
    if status == 0 and not arguments.print:
        _tell_next(client, arguments)
    return status


def _list(arguments: argparse.Namespace) -> int:
    rows = [_row(name, read_client(name)) for name in client_names()]
    show(rows, ["name", "title", "reads_variables", "user", "project"], arguments.format)
    return 0


def _row(name: str, client: Client) -> dict[str, Any]:
    user = str(place_of(client, "user", "trigate", Path(), environment())) if client.user else ""
    reads = bool(client.reference or client.http_by_variable)
    project = client.project[0] if client.project else ""
    return {"name": name, "title": client.title, "reads_variables": reads, "user": user, "project": project}


def _entry(client: Client, arguments: argparse.Namespace) -> dict[str, Any]:
    base, endpoint = _base(arguments), arguments.endpoint
    stdio = arguments.stdio or not client.http
    key = _key() if arguments.key else ""
    # A program that a desktop starts has another search path than the shell.
    program = shutil.which("trigate") or sys.argv[0]
    words = ("mcp", "stdio", *((endpoint,) if endpoint else ()), "--gateway", base)
    if client.stdio_by_variable and not key and arguments.variable != _VARIABLE:
        words += ("--key-variable", arguments.variable)
    url = f"{base}/mcp/{endpoint}" if endpoint else f"{base}/mcp"
    return entry_of(client, Filling(url, arguments.name, arguments.variable, key, program, words), stdio)


def _key() -> str:
    from trigate.cli.operate.secret import read_secret

    return read_secret("key")


def _base(arguments: argparse.Namespace) -> str:
    """Where the gateway is; raises BadConfig for an endpoint that the configuration does not have."""
    config = load(arguments.config) if Path(arguments.config).exists() else None
    endpoints = config.mcp.endpoints if config is not None and config.mcp is not None else {}
    if arguments.url is None and arguments.endpoint and config is not None and arguments.endpoint not in endpoints:
        raise BadConfig(f"trigate connect: {arguments.config} has no endpoint {arguments.endpoint!r}")
    url = (arguments.url or _own(config)).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadConfig(f"trigate connect: {url!r} is not the URL of a gateway")
    return url.removesuffix("/mcp")


def _own(config: Config | None) -> str:
    """The address of the first listener that has one, as programs on this machine reach it."""
    for listener in (config or Config()).inbound.listeners:
        if not listener.address.startswith("unix:"):
            host, _, port = listener.address.rpartition(":")
            host = "127.0.0.1" if host in ("", "0.0.0.0", "[::]", "*") else host  # noqa: S104 - not bound
            return f"{'https' if listener.tls is not None else 'http'}://{host}:{port}"
    raise BadConfig("trigate connect: the gateway listens at no TCP port; say where it is with --url")


def _tell_next(client: Client, arguments: argparse.Namespace) -> None:
    if not arguments.key:
        print(f"{client.title} reads the key from ${arguments.variable}: set it where it is started")
    if client.note:
        print(client.note)
