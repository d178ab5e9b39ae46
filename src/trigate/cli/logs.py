"""List asks and answers that were kept, or show one."""

import argparse
from typing import Any

import msgspec

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show

COLUMNS = ("time", "request", "model", "target", "key", "user", "outcome", "size")
FILTERS = ("model", "target", "key", "user", "team", "outcome", "request")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|show", help="what is done")
    listed = actions.add_parser("list", help="who asked what and when, the latest first")
    listed.add_argument("--since", default="7d", help="a time back from now such as 1h, or a day such as 2026-11-01")
    listed.add_argument("--until", default="", help="likewise; default: now")
    for word in FILTERS:
        listed.add_argument(f"--{word}", default="", help=f"only of this {word}")
    add_form(listed)
    actions.add_parser("show", help="what was said; this is put into the audit").add_argument(
        "id", help="of the request, as `x-request-id` had it, or of the call"
    )
    for each in actions.choices.values():
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    way = connect(arguments)
    if arguments.act == "show":
        found = way.ask("GET", place("logs", arguments.id))
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0
    query = {name: value for name in ("since", "until", *FILTERS) if (value := getattr(arguments, name))}
    rows = way.ask("GET", place("logs"), query)
    show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)
    return 0


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "time": moment(row["time"])}
