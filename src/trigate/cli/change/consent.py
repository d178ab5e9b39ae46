"""Asks whether a change shall be made, makes it, and says where the old text is."""

import argparse
import sys

from trigate.cli.change.revision import Revision
from trigate.core.clock import clock


def add_consent(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--print", action="store_true", help="only show what would change")


def carry_out(revision: Revision, arguments: argparse.Namespace) -> int:
    """Show the change and make it if that is wanted; exit status 0 if it is made, or only to be shown."""
    if revision.is_empty:
        print(f"{revision.path}: nothing to change")
        return 0
    print(revision.difference())
    if arguments.print:
        return 0
    if not arguments.yes and not _agreed(f"write {revision.path}?"):
        return 1
    backup = revision.write(clock.wall_ns())
    print(f"wrote {revision.path}" + (f"; what it was is in {backup}" if backup else ""))
    return 0


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        print("nothing is written: say --yes, or --print to only look", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
