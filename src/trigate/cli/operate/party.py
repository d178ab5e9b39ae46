"""What `trigate organisations`, `teams`, `users` and `agents` have in common: make, list and delete."""

import argparse
from collections.abc import Callable, Sequence

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.table import add_form, moment, show

Options = Sequence[tuple[str, str]]
"""Names of the members that can be given, and their help; a name that ends in `s` takes a list."""

AddAct = Callable[..., argparse.ArgumentParser]


def add_party_arguments(parser: argparse.ArgumentParser, options: Options) -> AddAct:
    """Declare the options of one kind of party; what is given back adds a further act."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="create|list|delete", help="what is done")
    create = actions.add_parser("create", help="make one, or change the one of this name")
    create.add_argument("name")
    for name, help_text in options:
        create.add_argument(f"--{name}", type=_words if name.endswith("s") else str, help=help_text)
    actions.add_parser("list", help="all there are")
    actions.add_parser("delete", help="delete one that owns nothing any more").add_argument("name")
    for each in actions.choices.values():
        add_config(each)
        add_form(each)
    return actions.add_parser


def run_party(arguments: argparse.Namespace, plural: str, options: Options) -> int:
    """Do what was asked; the exit status."""
    way = connect(arguments)
    if arguments.act == "create":
        given = {name: getattr(arguments, name) for name, _ in options}
        way.ask("PUT", place(plural, arguments.name), body={n: v for n, v in given.items() if v is not None})
        print(f"{plural.removesuffix('s')} {arguments.name} is kept")
    elif arguments.act == "delete":
        way.ask("DELETE", place(plural, arguments.name))
        print(f"{plural.removesuffix('s')} {arguments.name} is deleted")
    else:
        rows = way.ask("GET", place(plural))
        if arguments.format == "table":
            rows = [{**row, "created": moment(row.get("created", 0))} for row in rows]
        show(rows, ["name", *(name for name, _ in options), "created"], arguments.format)
    return 0


def _words(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
