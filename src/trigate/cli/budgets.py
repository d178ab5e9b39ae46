"""Set, list and delete budgets at run time, and show how those of the file and of the store stand."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, money, show

COLUMNS = ("name", "per", "scope", "limit", "used", "left", "resets", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="set|list|delete", help="what is done")
    new = actions.add_parser("set", help="make a budget, or change the one of this name")
    new.add_argument("name")
    new.add_argument("--usd", required=True, help="dollars per window")
    new.add_argument("--window", default="month", help="such as 1d, day, week, month; default: month")
    new.add_argument("--time-zone", default="UTC", help="of days, weeks and months; default: UTC")
    new.add_argument("--per", default="", metavar="A,B", help="such as team or key,model; default: one for all")
    new.add_argument("--soft", action="store_true", help="warn, do not refuse")
    for who in ("team", "user", "agent", "key", "organisation"):
        new.add_argument(f"--{who}", help=f"only for this {who}; a glob")
    actions.add_parser("list", help="every budget and how it stands")
    actions.add_parser("delete", help="delete a budget that was set at run time").add_argument("name")
    for each in actions.choices.values():
        add_config(each)
        add_form(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    way = connect(arguments)
    if arguments.act == "set":
        way.ask("PUT", place("limits", arguments.name), body=_limit(arguments))
        print(f"budget {arguments.name} is kept")
    elif arguments.act == "delete":
        way.ask("DELETE", place("limits", arguments.name))
        print(f"budget {arguments.name} is deleted")
    else:
        rows = way.ask("GET", place("budgets"))
        show([_row(each) for each in rows] if arguments.format == "table" else rows, COLUMNS, arguments.format)
    return 0


def _limit(arguments: argparse.Namespace) -> dict[str, Any]:
    limit: dict[str, Any] = {"kind": "budget", "usd": arguments.usd, "window": arguments.window}
    if arguments.time_zone != "UTC":
        limit["time_zone"] = arguments.time_zone
    if arguments.per:
        limit["per"] = [each.strip() for each in arguments.per.split(",")]
    if arguments.soft:
        limit["hard"] = False
    chosen = {who: getattr(arguments, who) for who in ("team", "user", "agent", "key", "organisation")}
    return limit | {who: value for who, value in chosen.items() if value}


def _row(budget: dict[str, Any]) -> dict[str, Any]:
    shown = money if budget.get("unit") == "usd" else str
    limit, used = budget["limit"], budget["used"]
    return {
        **budget,
        "limit": shown(limit),
        "used": shown(used),
        "left": shown(max(0, limit - used)),
        "resets": moment(budget.get("resets", 0)),
    }
