"""Make, list and delete users: the people behind keys and tokens."""

import argparse

from trigate.cli.operate.party import Options, add_party_arguments, run_party

OPTIONS: Options = (
    ("organisation", "the tenant the person belongs to"),
    ("teams", "teams, A,B"),
    ("roles", "what rules may go by, such as batch; keys of this person have them unless they have their own"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_party_arguments(parser, OPTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    return run_party(arguments, "users", OPTIONS)
