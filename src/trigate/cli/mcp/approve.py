"""Approve of tools as their server gives them now; `trigate mcp drift` shows what they are."""

import argparse

from trigate.cli.operate.client import add_config, connect, place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", metavar="SERVER[/TOOL]", help="a tool, or all tools of a server that were seen")
    parser.add_argument("--digest", default="", help="only what has this digest, or its beginning")
    add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    server, _, tool = arguments.what.partition("/")
    body = {"tool": tool, "digest": arguments.digest}
    decided = connect(arguments).ask("POST", place("pins", server, "approve"), body=body)
    for each in decided:
        print(f"{each['server']}/{each['tool']} is approved as {each['digest'][:12]}")
    if not decided:
        print("there was nothing to approve of")
    return 0
