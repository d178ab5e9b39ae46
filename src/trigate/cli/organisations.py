"""Make, list and delete organisations: tenants that do not see each other."""

import argparse

from trigate.cli.operate.party import Options, add_party_arguments, run_party

OPTIONS: Options = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_party_arguments(parser, OPTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    return run_party(arguments, "organisations", OPTIONS)
