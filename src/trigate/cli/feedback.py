"""List what callers said of their requests, or sum it up by model, prompt, label or day."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show

COLUMNS = ("time", "request", "model", "prompt", "key", "user", "score", "label", "comment")
SUMS = ("opinions", "scored", "mean")
FILTERS = ("model", "prompt", "target", "label", "key", "team", "user", "request")
MILLION = 10**6
LONGEST_SHOWN = 60
"""Characters of a comment in a table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="list|sum", help="what is done")
    actions.add_parser("list", help="every opinion, the latest first")
    new = actions.add_parser("sum", help="how many there are, and the mean of their scores")
    new.add_argument(
        "--by", default="model", metavar="A,B", help="of model, prompt, target, label, key, team, user, day"
    )
    for each in actions.choices.values():
        each.add_argument("--since", default="30d", help="a time back from now such as 7d, or a day such as 2026-11-01")
        each.add_argument("--until", default="", help="likewise; default: now")
        for word in FILTERS:
            each.add_argument(f"--{word}", default="", help=f"only of this {word}")
        add_config(each)
        add_form(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    names = ("since", "until", *FILTERS, *(("by",) if arguments.act == "sum" else ()))
    query = {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
    is_table = arguments.format == "table"
    if arguments.act == "list":
        rows = connect(arguments).ask("GET", place("feedback"), query)
        show([_row(each) for each in rows] if is_table else rows, COLUMNS, arguments.format)
    else:
        rows = [
            each | {"mean": _mean(each)} for each in connect(arguments).ask("GET", place("feedback", "sums"), query)
        ]
        groups = [each.strip() for each in arguments.by.split(",") if each.strip()]
        show(rows, [*groups, *SUMS], arguments.format)
    return 0


def _row(opinion: dict[str, Any]) -> dict[str, Any]:
    comment = " ".join(opinion.get("comment", "").split())
    shown = comment if len(comment) <= LONGEST_SHOWN else f"{comment[: LONGEST_SHOWN - 1]}…"
    printable = "".join(each if each.isprintable() else "�" for each in shown)
    score = opinion.get("score")
    return opinion | {
        "time": moment(opinion["time"]),
        "comment": printable,
        "score": "" if score is None else f"{score:g}",
    }


def _mean(sums: dict[str, Any]) -> str:
    return f"{sums['sum'] / sums['scored'] / MILLION:.3f}" if sums["scored"] else ""
