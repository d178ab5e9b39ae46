"""Let a client that knows only commands use a gateway: speaks over this process's standard input and output.

Put it where the client wants a server's command: `trigate mcp stdio`, or `trigate mcp stdio NAME` for one endpoint. The
key is taken from the environment, where other users of the machine do not see it.
"""

import argparse
import sys
from urllib.parse import urlsplit

from trigate.config.environment import environment
from trigate.core.errors import BadConfig

DEFAULT = "http://127.0.0.1:8080"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("where", nargs="?", default="", metavar="ENDPOINT|URL", help="default: everything at /mcp")
    parser.add_argument("--gateway", default=DEFAULT, metavar="URL", help=f"where it listens, default: {DEFAULT}")
    parser.add_argument("--key", default="", help="seen by whoever lists processes; better set TRIGATE_KEY")
    parser.add_argument(
        "--key-variable", default="TRIGATE_KEY", metavar="NAME", help="environment variable with the key"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when the client has ended; raises BadConfig."""
    from trigate.cli.mcp.pipe.pipe import Pipe
    from trigate.cli.mcp.pipe.way import HttpWay

    url = address(arguments.where, arguments.gateway)
    key = arguments.key or environment().get(arguments.key_variable, "")
    Pipe(HttpWay(url, key), sys.stdout.buffer).run(sys.stdin.buffer)
    return 0


def address(where: str, gateway: str) -> str:
    """The URL that is meant; raises BadConfig."""
    url = where if "://" in where else f"{gateway.rstrip('/')}/mcp" + (f"/{where}" if where else "")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadConfig(f"{url!r} is no address of a gateway: it starts with http:// or https:// and names a host")
    return url
