"""List the models that are known: what they take, what they can do and what they cost."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from trigate.cli.catalog.command import table_of
from trigate.cli.operate.client import add_config
from trigate.cli.operate.table import add_form, money, show
from trigate.config.config import Config
from trigate.config.load import load
from trigate.llm.model_table import ModelRow, ModelTable

COLUMNS = ["model", "context", "most_output", "can", "input_usd", "output_usd"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="only those with this text in their name")
    parser.add_argument("--provider", default="", metavar="NAME", help="only those of this provider of the table")
    parser.add_argument(
        "--can", default="", metavar="A,B", help="only those that can do all of this, such as tools,vision"
    )
    add_config(parser)
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if nothing fits."""
    config = load(arguments.config) if Path(arguments.config).exists() else Config()
    rows = list(_rows(table_of(config), arguments))
    show(rows, COLUMNS, arguments.format)
    return 0 if rows else 1


def _rows(table: ModelTable, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    text, demanded = arguments.text.lower(), {each for each in arguments.can.split(",") if each}
    for provider in sorted(table.providers()):
        for row in table.rows(provider) if arguments.provider in ("", provider) else ():
            shown = _row(provider, row)
            if text in shown["model"].lower() and demanded <= set(shown["can"]):
                yield shown


def _row(provider: str, row: ModelRow) -> dict[str, Any]:
    facts = row.facts()
    price = _price(row)
    return {
        "model": f"{provider}/{row.id}",
        "context": facts.context or None,
        "most_output": facts.most_output or None,
        "can": sorted(facts.capabilities),
        "input_usd": money(price["input"]) if "input" in price else None,
        "output_usd": money(price["output"]) if "output" in price else None,
    }


def _price(row: ModelRow) -> dict[str, int]:
    """Of the least input."""
    if not bytes(row.periods):
        return {}
    return msgspec.json.decode(row.periods, type=list[dict[str, list[dict[str, int]]]])[0]["tiers"][0]
