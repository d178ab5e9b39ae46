"""List the kinds of provider: those with code of their own, and those of the catalogue."""

import argparse

from trigate.cli.operate.table import add_form, show
from trigate.config.docstring import class_text
from trigate.core import kinds
from trigate.llm.provider import Provider
from trigate.llm.provider_entry import ProviderEntry, listed_names, read_entry

COLUMNS = ["kind", "name", "base_url", "speaks", "key"]
MORE = ["docs", "source", "date", "quirks", "lacks", "places", "priced_as", "listed_as"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("text", metavar="TEXT", nargs="?", default="", help="only those in which this text stands")
    add_form(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if nothing fits."""
    wanted = arguments.text.lower()
    rows = [each for each in [*own_rows(), *listed_rows()] if wanted in " ".join(map(str, each.values())).lower()]
    show(rows, COLUMNS if arguments.format == "table" else [*COLUMNS, *MORE], arguments.format)
    return 0 if rows else 1


def own_rows() -> list[dict[str, str]]:
    """The kinds with code of their own."""
    return [_own(name) for name in kinds.names(Provider)]


def listed_rows() -> list[dict[str, str]]:
    """The catalogue."""
    return [_listed(name, read_entry(name)) for name in listed_names()]


def _own(name: str) -> dict[str, str]:
    return _row(kind=name, name=class_text(kinds.find(Provider, name)).partition(",")[0].partition(".")[0])


def _listed(name: str, entry: ProviderEntry) -> dict[str, str]:
    return _row(
        kind=name,
        name=entry.title,
        base_url=entry.base_url,
        speaks=" ".join(entry.speaks),
        key=" ".join(entry.variable),
        docs=entry.docs,
        source=entry.source,
        date=entry.date,
        quirks=" ".join(entry.quirks),
        lacks=" ".join(entry.lacks),
        places=" ".join(entry.places),
        priced_as=entry.priced_as,
        listed_as=entry.listed_as,
    )


def _row(**values: str) -> dict[str, str]:
    return {name: values.get(name, "") for name in (*COLUMNS, *MORE)}
