"""Forget what was seen of a server, so that what is there now is taken as new; what is gone makes room."""

import argparse

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.thing import WHAT, read_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", metavar="SERVER[/WHAT]", help=WHAT)
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    server, kind, name = read_place(arguments.what)
    told = connect(arguments).ask("POST", place("pins", server, "forget"), body={"kind": kind, "name": name})
    print(f"{told['forgotten']} forgotten")
    return 0
