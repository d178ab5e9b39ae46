"""List and revoke logins: the clients that people let use an MCP endpoint in their name."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show

COLUMNS = ("id", "user", "title", "client", "resource", "scope", "how", "created", "used", "expires")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|revoke", help="what is done")
    listing = actions.add_parser("list", help="all that hold, the newest first")
    listing.add_argument("--user", default="", help="only of this user")
    listing.add_argument("--client", default="", help="only of this client")
    actions.add_parser("revoke", help="end one, with all its tokens").add_argument("id")
    for each in actions.choices.values():
        add_config(each)
        add_form(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    way = connect(arguments)
    if arguments.act == "revoke":
        way.ask("DELETE", place("logins", arguments.id))
        print(f"login {arguments.id} is revoked")
        return 0
    query = {name: getattr(arguments, name) for name in ("user", "client") if getattr(arguments, name)}
    rows = way.ask("GET", place("logins"), query)
    show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)
    return 0


def _row(login: dict[str, Any]) -> dict[str, Any]:
    return login | {name: moment(login[name]) for name in ("created", "used", "expires")}
