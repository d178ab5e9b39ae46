"""The environment of this process; nothing outside this package reads it."""

import os
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """Every variable as it is now."""
    return os.environ


def take_variable(name: str) -> str:
    """One variable, which then is no longer there for programs that this process starts; empty if it is not set."""
    return os.environ.pop(name, "")
