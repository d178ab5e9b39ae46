"""Bring the database to the version of this program; one that is newer is refused and left as it is.

Stop every gateway on the database first, or at least expect it to wait. A fresh SQLite file needs no migration: the
gateway makes its tables when it starts. A PostgreSQL database gets them here.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 if the database has the version of this program now, 1 if it was left as it is."""
    from trigate.config.load import load
    from trigate.store.migrate import migrate

    before, after = migrate(load(arguments.config).store)
    if before == after:
        print(f"the database has schema {after} already")
    else:
        print(f"the database has schema {after} now{f', before it had {before}' if before else ''}")
    return 0
