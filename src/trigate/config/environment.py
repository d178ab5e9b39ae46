"""The environment of this process; nothing outside this package reads it."""

import os
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """Every variable as it is now."""
    return os.environ
