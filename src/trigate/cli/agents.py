"""Make, list and delete agents: service accounts."""

import argparse

from trigate.cli.operate.party import Options, add_party_arguments, run_party

OPTIONS: Options = (
    ("organisation", "the tenant it belongs to"),
    ("team", "its team"),
    ("roles", "what rules may go by, such as batch; its keys have them unless they have their own"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_party_arguments(parser, OPTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    return run_party(arguments, "agents", OPTIONS)
