"""Make, list and delete teams: people and agents who share keys, rules and budgets."""

import argparse

from trigate.cli.operate.party import Options, add_party_arguments, run_party

OPTIONS: Options = (("organisation", "the tenant it belongs to"),)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_party_arguments(parser, OPTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    return run_party(arguments, "teams", OPTIONS)
