"""Approve of what a server offers as it gives it now; `trigate mcp drift` shows what that is."""

import argparse

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.thing import WHAT, printable, read_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", metavar="SERVER[/WHAT]", help=WHAT)
    parser.add_argument("--digest", default="", help="only what has this digest, or its beginning")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    server, kind, name = read_place(arguments.what)
    body = {"kind": kind, "name": name, "digest": arguments.digest}
    decided = connect(arguments).ask("POST", place("pins", server, "approve"), body=body)
    for each in decided:
        print(f"{printable(each['place'])} is approved as {each['digest'][:12]}")
    if not decided:
        print("there was nothing to approve of")
    return 0
