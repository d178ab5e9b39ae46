"""Look after tool servers: list, add, import, inspect and test them."""

import argparse
import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the acts with their options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="|".join(acts()), help="what is done")
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
