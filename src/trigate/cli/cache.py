"""Forget answers of models that are kept, all or those of one namespace; in every worker, on every machine."""

import argparse

from trigate.cli.operate.client import Refused, add_config, connect, place, runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="act", required=True, metavar="clear", help="what is done")
    clear = actions.add_parser("clear", help="forget what is kept")
    clear.add_argument("--namespace", help="only what is kept under this `llm.cache.namespace`; default: everything")
    add_config(clear)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if no gateway runs, or it refuses."""
    from pathlib import Path

    from trigate.config.load import load

    if not runs(Path(load(arguments.config).store.directory)):
        raise Refused("no gateway runs on this directory; what it keeps is forgotten while it does")
    query = {} if arguments.namespace is None else {"namespace": arguments.namespace}
    connect(arguments).ask("DELETE", place("cache"), query)
    print("every worker has been told to forget")
    return 0
