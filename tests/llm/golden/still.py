"""Time and chance held still, so that what is written is the same every time."""

from itertools import count

import pytest

from trigate.core.clock import clock
from trigate.llm import fresh

NOW = 1_790_000_000


def still(patch: pytest.MonkeyPatch) -> None:
    """Until `patch` is undone."""
    numbers = count(1)
    patch.setattr(fresh, "_draw", lambda: f"{next(numbers):024d}")
    patch.setattr(clock, "wall_ns", lambda: NOW * 10**9)
