"""List, revoke and make connections: what users and teams let the gateway do in their names at servers."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.secret import read_secret
from trigate.cli.operate.table import add_form, moment, show
from trigate.core.errors import BadRequest

COLUMNS = ("id", "server", "subject", "kind", "issuer", "scope", "created", "changed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|revoke|link|add", help="what is done")
    listing = actions.add_parser("list", help="all there are, in the order of servers")
    for word in ("server", "user", "team"):
        listing.add_argument(f"--{word}", default="", help=f"only of this {word}")
    revoke = actions.add_parser("revoke", help="end one or more, and have their servers forget the tokens")
    revoke.add_argument("id", nargs="*", help="as `trigate connections list` shows it")
    revoke.add_argument("--user", default="", help="all of this user")
    link = actions.add_parser("link", help="the link by which an operator connects the gateway itself to a server")
    link.add_argument("server", help="one with a credential of the kind `oauth` and `per: gateway`")
    add = actions.add_parser("add", help="a user's key for a server; it is typed, or comes by standard input")
    add.add_argument("server", help="one with a credential of the kind `user_key`")
    add.add_argument("--user", required=True, help="whose key it is")
    for each in actions.choices.values():
        add_config(each)
        add_form(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    way = connect(arguments)
    if arguments.act == "link":
        print(way.ask("POST", place("connections", arguments.server, "link"))["link"])
        return 0
    if arguments.act == "add":
        body = {"key": read_secret(f"key of {arguments.user} for {arguments.server}")}
        done = way.ask("PUT", place("connections", arguments.server, "users", arguments.user), body=body)
        print(f"{done['subject']} is connected to {done['server']}")
        return 0
    words = ("user",) if arguments.act == "revoke" else ("server", "user", "team")
    query = {name: value for name in words if (value := getattr(arguments, name))}
    if arguments.act == "list":
        rows = way.ask("GET", place("connections"), query)
        show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)
        return 0
    if not arguments.id and not arguments.user:
        raise BadRequest("say which: an id, or --user")
    ids = [*arguments.id, *(each["id"] for each in (way.ask("GET", place("connections"), query) if query else ()))]
    for id in ids:
        done = way.ask("DELETE", place("connections", id))
        told = f" ({done['problem']})" if done["problem"] else ""
        print(f"{done['subject']} is no longer connected to {done['server']}{told}")
    return 0


def _row(connection: dict[str, Any]) -> dict[str, Any]:
    return connection | {name: moment(connection[name]) for name in ("created", "changed")}
