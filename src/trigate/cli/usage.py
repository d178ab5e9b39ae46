"""Show what was used: calls, tokens and money by team, key, model, tool, route or day, from the ledger."""

import argparse
from typing import Any

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, money, show

FIELDS = ("calls", "input_tokens", "output_tokens", "tool_calls", "usd")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--by",
        default="team",
        metavar="A,B",
        help="of team, key, user, agent, model, target, prompt, tool, route, day, hour; default: team",
    )
    parser.add_argument("--since", default="30d", help="a time back from now such as 7d, or a day such as 2026-11-01")
    parser.add_argument("--until", default="", help="likewise; default: now")
    parser.add_argument("--team", default="", help="only this team")
    parser.add_argument("--key", default="", help="only this key")
    parser.add_argument("--model", default="", help="only this model")
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    query = {name: getattr(arguments, name) for name in ("by", "since", "until", "team", "key", "model")}
    rows = connect(arguments).ask("GET", place("usage"), {name: value for name, value in query.items() if value})
    groups = [each.strip() for each in arguments.by.split(",")]
    shown = [_row(each) for each in rows] if arguments.format == "table" else rows
    show(shown, [*groups, *FIELDS], arguments.format)
    return 0


def _row(row: dict[str, Any]) -> dict[str, Any]:
    given, answered = (
        ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_long_tokens"),
        ("output_tokens", "reasoning_tokens"),
    )
    return {
        **row,
        "input_tokens": sum(row.get(name, 0) for name in given),
        "output_tokens": sum(row.get(name, 0) for name in answered),
        "usd": money(row.get("cost", 0)),
    }
