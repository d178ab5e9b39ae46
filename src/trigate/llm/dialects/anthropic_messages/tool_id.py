"""Identifiers of tools' calls: letters, digits, `_` and `-` alone are taken."""

import re
from hashlib import blake2b

_TAKEN = re.compile(r"[a-zA-Z0-9_-]{1,256}").fullmatch


def tool_id(given: str) -> str:
    """The same if it will be taken, else one in its place: always the same for the same, so that results find calls."""
    if _TAKEN(given):
        return given
    return f"toolu_{blake2b(given.encode(errors='replace'), digest_size=12).hexdigest()}"
