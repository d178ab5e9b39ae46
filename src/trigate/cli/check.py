"""Check a configuration file and tell every problem in it."""

import argparse
import sys

from trigate.config.config import Config
from trigate.config.load import load
from trigate.config.problem import InvalidConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 if the file can be used, 1 if not."""
    try:
        config = load(arguments.config)
    except InvalidConfig as error:
        count = len(error.problems)
        print(f"{error.message}\n{_counted(count, 'problem')}", file=sys.stderr)
        return 1
    print(f"{arguments.config}: {summary(config)}")
    return 0


def summary(config: Config) -> str:
    """What a configuration holds, in one line."""
    parts = [
        (len(config.policy.keys), "key"),
        (len(config.api.routes) if config.api else 0, "route"),
        (len(config.llm.providers) if config.llm else 0, "provider"),
        (len(config.llm.models) if config.llm else 0, "model"),
        (len(config.mcp.servers) if config.mcp else 0, "server"),
        (len(config.mcp.endpoints) if config.mcp else 0, "endpoint"),
    ]
    return ", ".join(_counted(count, word) for count, word in parts)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
