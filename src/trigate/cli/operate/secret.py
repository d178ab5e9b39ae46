"""A secret given to a command: from the terminal without showing it, or from standard input; never in its words."""

import sys

from trigate.core.errors import BadRequest


def read_secret(name: str) -> str:
    """One line, or all that comes if nobody types; `name` is what is asked for. Raises BadRequest for nothing."""
    from getpass import getpass

    secret = getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    if not secret:
        raise BadRequest("nothing was given, nothing is kept")
    return secret
