"""Make, list and delete users, the people behind keys and tokens; give them passwords to log in with."""

import argparse
import getpass
import sys

from trigate.cli.operate.client import add_config, connect, place
from trigate.cli.operate.party import Options, add_party_arguments, run_party
from trigate.core.errors import BadRequest

OPTIONS: Options = (
    ("organisation", "the tenant the person belongs to"),
    ("teams", "teams, A,B"),
    ("roles", "what rules may go by, such as batch; keys of this person have them unless they have their own"),
)
SHORTEST, LONGEST = 8, 1024
"""Characters of a password."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_act = add_party_arguments(parser, OPTIONS)
    password = add_act("password", help="set the password with which the user logs in at the portal")
    password.add_argument("name")
    password.add_argument("--remove", action="store_true", help="take the password away")
    add_config(password)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 if the admin API refused."""
    if arguments.act != "password":
        return run_party(arguments, "users", OPTIONS)
    hashed = "" if arguments.remove else _hashed()
    connect(arguments).ask("PUT", place("users", arguments.name, "password"), body={"hash": hashed})
    print(f"user {arguments.name} has {'no password any more' if arguments.remove else 'a new password'}")
    return 0


def _hashed() -> str:
    """Of a password typed twice, or the first line of standard input; it is hashed here and sent nowhere."""
    from trigate.policy.password import hash_password

    typed = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not SHORTEST <= len(typed) <= LONGEST:
        raise BadRequest(f"a password has {SHORTEST} to {LONGEST} characters")
    if sys.stdin.isatty() and getpass.getpass("Again: ") != typed:
        raise BadRequest("these are two different passwords")
    return hash_password(typed)
