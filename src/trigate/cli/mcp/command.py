"""Look after tool servers: list, add, import, inspect and test them."""

import argparse
import ast
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_FOLDER = Path(__file__).parent


class Act(argparse.ArgumentParser):
    """Reads the words of one act: options may stand between words, and what follows `--` is `command`, unread.

    argparse itself loses a command after `--` if an option stands before it.
    """

    _is_inside = False

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - the overloads say the same
        """See argparse."""
        if self._is_inside:
            return super().parse_known_args(args, namespace)
        words = list(args or ())
        cut = words.index("--") if "--" in words else len(words)
        self._is_inside = True
        try:
            found, rest = self.parse_known_intermixed_args(words[:cut], namespace)
        finally:
            self._is_inside = False
        if cut < len(words):
            if self.get_default("command") is None:
                self.error("it takes no command after `--`")
            found.command = words[cut + 1 :]
        return found, rest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the acts with their options."""
    actions = parser.add_subparsers(
        dest="act", required=True, metavar="|".join(acts()), help="what is done", parser_class=Act
    )
    for name in acts():
        module = _module(name)
        form = argparse.RawDescriptionHelpFormatter
        module.add_arguments(
            actions.add_parser(name, help=_caption(name), description=module.__doc__, formatter_class=form)
        )


def run(arguments: argparse.Namespace) -> int:
    """What the act does; its exit status."""
    return _module(arguments.act).run(arguments)


def acts() -> list[str]:
    """The names of all acts: each is a file beside this one."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if path.stem not in ("__init__", "command"))


def _module(name: str) -> ModuleType:
    return import_module(f"trigate.cli.mcp.{name}")


def _caption(name: str) -> str:
    """The first line of an act's file."""
    source = (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
