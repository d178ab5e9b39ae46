"""Identifiers for what has to have one in the caller's dialect, and was given none by the provider."""

import secrets


def fresh_id(prefix: str) -> str:
    """An identifier nobody has used, such as `call_2f6…`."""
    return prefix + _draw()


def _draw() -> str:
    return secrets.token_hex(12)
