"""Show what is known of a model, or renew the table of models from a file or a URL."""

import argparse
import asyncio
from pathlib import Path

from trigate.cli.catalog.fetch import fetch
from trigate.cli.catalog.renewal import Change, renew
from trigate.cli.catalog.sheet import lines_of
from trigate.cli.operate.client import add_config
from trigate.config.config import Config
from trigate.config.load import load
from trigate.core.errors import BadConfig
from trigate.llm.fact_book import open_table
from trigate.llm.model_table import LARGEST, ModelTable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="show|update", help="what is done")
    showing = actions.add_parser("show", help="everything that is known of a model")
    showing.add_argument(
        "model", metavar="PROVIDER/MODEL", help="by their names in the table: anthropic/claude-opus-4-6"
    )
    renewing = actions.add_parser("update", help="renew the table: it is checked whole, and put in place at once")
    renewing.add_argument("source", metavar="FILE|URL", help="a table, or data such as https://models.dev/api.json")
    renewing.add_argument("-o", "--output", metavar="FILE", help="default: `llm.catalog` of the configuration")
    for each in actions.choices.values():
        add_config(each)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if there is no such model; raises BadConfig, OSError, GatewayError."""
    config = load(arguments.config) if Path(arguments.config).exists() else Config()
    return _show(arguments, config) if arguments.act == "show" else _update(arguments, config)


def table_of(config: Config) -> ModelTable:
    """The table that a configuration uses; raises BadConfig, OSError."""
    try:
        return open_table(config.llm.catalog if config.llm is not None else "")
    except ValueError as error:
        raise BadConfig(str(error)) from None


def _show(arguments: argparse.Namespace, config: Config) -> int:
    provider, _, model = arguments.model.partition("/")
    table = table_of(config)
    row = table.row(provider, model)
    if row is None:
        raise BadConfig(f"nothing is known of {arguments.model!r}; `trigate models TEXT` finds the names there are")
    print("\n".join(lines_of(provider, row, table)))
    return 0


def _update(arguments: argparse.Namespace, config: Config) -> int:
    path = arguments.output or (config.llm.catalog if config.llm is not None else "")
    if not path:
        raise BadConfig("say where the table goes: with -o FILE, or with `llm.catalog` in the configuration")
    data = _read(arguments.source, config)
    try:
        change = renew(data, arguments.source, Path(path))
    except ValueError as error:
        raise BadConfig(f"{arguments.source}: {error}") from None
    print(_told(path, change))
    return 0


def _read(source: str, config: Config) -> bytes:
    if source.startswith(("http://", "https://")):
        return asyncio.run(fetch(source, config.outbound, LARGEST))
    with open(source, "rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadConfig(f"{source}: a table of models has at most {LARGEST} bytes")
    return data


def _told(path: str, change: Change) -> str:
    return (
        f"wrote {path}: {change.models} models of {change.providers} providers, {change.new} new, {change.gone} gone, "
        f"{change.priced} with another price; a gateway that serves takes it over when its configuration is read again"
    )
