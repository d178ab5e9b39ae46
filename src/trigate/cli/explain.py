"""Explain one place of the configuration: its type, default, meaning, keys, and what the file says there."""

import argparse
import sys
from pathlib import Path

from trigate.config.explain import explain
from trigate.config.load import Loaded, open_config
from trigate.config.problem import InvalidConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "path", metavar="PATH", nargs="?", default="", help="such as llm.models; default: the top level"
    )
    parser.add_argument("-c", "--config", metavar="FILE", help="default: trigate.yaml, if there is one")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if there is no such place."""
    loaded = _loaded(arguments.config)
    try:
        text = explain(arguments.path, loaded.config if loaded else None)
    except (LookupError, ValueError) as error:
        print(f"trigate explain: {error.args[0]}", file=sys.stderr)
        return 1
    print(loaded.substitution.redact(text) if loaded else text)
    return 0


def _loaded(name: str | None) -> Loaded | None:
    """The file's configuration; a file that is broken is no reason not to explain how to write it."""
    path = Path(name or "trigate.yaml")
    if name is None and not path.exists():
        return None
    try:
        return open_config(path)
    except InvalidConfig as error:
        print(
            f"{error.problems[0]}\n`trigate check` lists every problem; the file's values are not shown",
            file=sys.stderr,
        )
        return None
