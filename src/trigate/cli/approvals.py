"""List calls that wait for approval, show one, approve or deny it."""

import argparse
from typing import Any

import msgspec

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show

COLUMNS = ("id", "time", "state", "action", "resource", "key", "user", "agent", "rule", "expires")
FILTERS = ("key", "user", "agent", "team", "action", "resource", "rule")
STATES = ("pending", "granted", "denied", "used", "expired", "all")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|show|approve|deny", help="what is done")
    listed = actions.add_parser("list", help="the latest first")
    listed.add_argument("--state", choices=STATES, default="pending", help="default: pending")
    for word in FILTERS:
        listed.add_argument(f"--{word}", default="", help=f"only of this {word}")
    add_form(listed)
    actions.add_parser("show", help="with its arguments; this is put into the audit")
    actions.add_parser("approve", help="let the call be made, once, when its caller makes it again")
    actions.add_parser("deny", help="have it refused")
    for act in ("show", "approve", "deny"):
        actions.choices[act].add_argument("id", help="as `trigate approvals list` shows it")
    for act in ("approve", "deny"):
        actions.choices[act].add_argument("--comment", default="", help="why, for the audit")
    for each in actions.choices.values():
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    way = connect(arguments)
    if arguments.act == "list":
        names = ("state", *FILTERS) if arguments.state != "all" else FILTERS
        query = {name: value for name in names if (value := getattr(arguments, name))}
        rows = way.ask("GET", place("approvals"), query)
        show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)
        return 0
    if arguments.act == "show":
        found = way.ask("GET", place("approvals", arguments.id))
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return 0
    decided = way.ask("POST", place("approvals", arguments.id, arguments.act), body={"comment": arguments.comment})
    print(f"{decided['id']} is {decided['state']}: {decided['action']} on {decided['resource']} by {decided['key']}")
    return 0


def _row(row: dict[str, Any]) -> dict[str, Any]:
    resource = "".join(each if each.isprintable() else "�" for each in row["resource"])
    return {**row, "resource": resource, "time": moment(row["time"]), "expires": moment(row["expires"])}
