"""Add a tool server to the configuration: `trigate mcp add NAME URL`, or `trigate mcp add NAME -- COMMAND…`.

The file keeps its comments and its order; the change is shown before it is made, and refused if the file does not check
with it. Secrets stay out of the file: what looks like one becomes a reference to a variable, which is told.
"""

import argparse
from pathlib import Path
from typing import Any

from trigate.cli.change.configuration import server_names, unset, with_servers
from trigate.cli.change.consent import add_consent, carry_out
from trigate.cli.operate.client import add_config
from trigate.config.server_list import translate
from trigate.core.errors import BadConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="what its tools begin with")
    parser.add_argument("url", metavar="URL", nargs="?", help="of a server that speaks Streamable HTTP")
    parser.set_defaults(command=())
    parser.add_argument(
        "--env", metavar="NAME[=VALUE]", action="append", default=[], help="a variable of the command; its own if bare"
    )
    parser.add_argument(
        "--header", metavar="NAME:VALUE", action="append", default=[], help="a header field of requests to the URL"
    )
    parser.add_argument("--cwd", metavar="FOLDER", default="", help="where the command runs")
    parser.add_argument("--force", action="store_true", help="replace a server of this name")
    add_consent(parser)
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if nothing was written; raises BadConfig."""
    found = translate({arguments.name: _entry(arguments)}, "the command line")
    if not found.servers:
        raise BadConfig(f"trigate mcp add: {'; '.join(found.notes)}")
    (server,) = found.servers
    if server.name != arguments.name:
        raise BadConfig(f"trigate mcp add: {arguments.name!r} cannot be a name; {server.name!r} could")
    path = Path(arguments.config)
    if server.name in server_names(path) and not arguments.force:
        raise BadConfig(f"trigate mcp add: {path} has a server {server.name!r}; --force replaces it")
    status = carry_out(with_servers(path, [server], found.variables), arguments)
    if status == 0:
        tell_unset(found.variables)
    return status


def tell_unset(variables: tuple[str, ...]) -> None:
    """What must be set before the gateway takes the file over."""
    for name in unset(variables):
        print(f"export {name}=…   # before the gateway reads the file")


def _entry(arguments: argparse.Namespace) -> dict[str, Any]:
    command: list[str] = list(arguments.command)
    if bool(command) == bool(arguments.url):
        raise BadConfig("trigate mcp add: say how it is reached: by a URL, or by a command after `--`")
    if command and arguments.header:
        raise BadConfig("trigate mcp add: --header belongs to a URL")
    if arguments.url and (arguments.env or arguments.cwd):
        raise BadConfig("trigate mcp add: --env and --cwd belong to a command")
    if arguments.url:
        return {"url": arguments.url, "headers": dict(_header(each) for each in arguments.header)}
    env = {name: value if given else f"${{{name}}}" for name, given, value in map(_parted, arguments.env)}
    return {"command": command[0], "args": command[1:], "env": env, "cwd": arguments.cwd or None}


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition("=")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise BadConfig(f"trigate mcp add: {text!r} is not NAME:VALUE")
    return name.strip(), value.strip()
