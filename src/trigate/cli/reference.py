"""Write the reference as Markdown: configuration, kinds (those of plug-ins too), errors and commands."""

import argparse
from pathlib import Path
from typing import Any

from trigate.cli.main import command_parser, commands
from trigate.config.reference import NOTE, Pages, page, pages, row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", metavar="FOLDER", help="where the pages go; outdated ones there are removed")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0."""
    folder = Path(arguments.folder)
    found = every_page()
    for path in list(folder.rglob("*.md")):
        if path.relative_to(folder).as_posix() not in found and NOTE in path.read_text(encoding="utf-8"):
            path.unlink()
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def every_page() -> Pages:
    """All pages of the reference."""
    return {**pages(), "cli.md": _cli_page()}


def _cli_page() -> str:
    intro = "`trigate --version` tells the version, `trigate COMMAND --help` the options of a command."
    return page("Commands", intro, *[_section(name) for name in commands()])


def _section(name: str) -> str:
    parser = command_parser(name)
    actions = _options(parser)
    parts = [f"## `trigate {name}`\n", (parser.description or "").strip(), "", *_table(actions)]
    for each in actions:
        if each.nargs == argparse.PARSER:
            parts += _acts(name, each)
    return "\n".join(parts)


def _options(parser: argparse.ArgumentParser) -> list[Any]:
    return [each for each in vars(parser)["_actions"] if each.dest != "help"]


def _acts(name: str, acts: Any) -> list[str]:
    """A section for each act of a command, which argparse holds as choices of one argument."""
    listed: list[Any] = getattr(acts, "_choices_actions", [])
    told: dict[str, str] = {each.dest: each.help or "" for each in listed}
    lines: list[str] = []
    for act, parser in acts.choices.items():
        meaning = (parser.description or told.get(act, "")).strip()
        lines += ["", f"### `trigate {name} {act}`\n", meaning, "", *_table(_options(parser))]
    return lines


def _table(actions: list[Any]) -> list[str]:
    rows = [_option(each) for each in actions]
    return [row("option", "meaning"), row("---", "---"), *rows] if rows else []


def _option(action: Any) -> str:
    """From the action, because the help text that argparse makes differs between versions of Python."""
    names = ", ".join(action.option_strings)
    metavar = action.metavar or ("" if names else action.dest)
    return row(f"`{' '.join(filter(None, [names, metavar]))}`", action.help or "")
