"""Show what differs from what was approved, or in which something is odd, with what has changed.

Tools, prompts and resources that are as they were approved are shown with `--all`.
"""

import argparse
import difflib
from typing import Any

import msgspec

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show
from trigate.cli.operate.thing import printable

COLUMNS = ("what", "state", "seen", "approved_by", "notes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("server", nargs="?", default="", help="only of this server")
    parser.add_argument("--all", action="store_true", help="also that of which there is nothing to say")
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 if there is nothing to decide, 1 otherwise."""
    query = {"server": arguments.server} if arguments.server else {}
    rows = connect(arguments).ask("GET", place("pins"), query)
    open_still = [each for each in rows if _is_open(each)]
    shown = rows if arguments.all else open_still
    show([_row(each) for each in shown] if arguments.format == "table" else shown, COLUMNS, arguments.format)
    if arguments.format == "table":
        for each in shown:
            if each["found"] is not None:
                print("\n" + "\n".join(difference(each)))
    return 1 if open_still else 0


def difference(row: dict[str, Any]) -> list[str]:
    """A definition as it holds and as it is now, line by line; no letter of it acts on a terminal."""
    before, after = (_lines(row[name]) for name in ("definition", "found"))
    name = printable(row["place"])
    found = difflib.unified_diff(
        before, after, f"{name} as approved", f"{name} now ({row['digest'][:12]})", lineterm=""
    )
    return [printable(each) for each in found]


def _is_open(row: dict[str, Any]) -> bool:
    if row["found"] is not None:
        return True
    return bool(row["suspicions"] or row["alike"]) and row["state"] != "approved"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    notes = [*row["suspicions"], *(f"looks like {each}" for each in row["alike"])]
    return {
        "what": printable(row["place"]),
        "state": row["state"],
        "seen": moment(row["seen"]),
        "approved_by": row["decided_by"],
        "notes": printable("; ".join(notes)),
    }


def _lines(definition: Any) -> list[str]:
    if definition is None:
        return []
    return msgspec.json.format(msgspec.json.encode(definition), indent=2).decode().split("\n")
