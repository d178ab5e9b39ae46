"""What the versions of Claude take of an ask, told from the model's name.

Other makers' models that speak this dialect are taken to understand what the newest ones do.
"""

import re
from functools import lru_cache

from msgspec import Struct

from trigate.llm.chat_dialect import Manners

_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?")
_ADAPTIVE = (4, 6)
"""The first that decides itself how much to think."""
_SYSTEM = (4, 8)
"""The first that takes a system's words among the messages."""
_NO_SAMPLING = (4, 7)
"""The first that refuses temperatures and the like."""
_ONE_SAMPLING = (4, 1)
"""The first that takes a temperature or `top_p`, not both."""


class Claude(Struct, frozen=True):
    """What one model takes."""

    budget: bool
    """Thinking is bounded by a budget of tokens; else by an effort."""
    late_system: bool
    """The system may speak after the first message."""
    sampling: bool
    """There are temperature, `top_p` and `top_k`."""
    one_sampling: bool
    """Not temperature and `top_p` at once."""


@lru_cache(maxsize=1024)
def know(manners: Manners) -> Claude:
    """What the target's model takes; quirks count more than its name."""
    version = version_of(manners.model)
    quirks = manners.quirks
    return Claude(
        budget="thinking_by_budget" in quirks or (version is not None and version < _ADAPTIVE),
        late_system="no_late_system" not in quirks and (version is None or version >= _SYSTEM),
        sampling="no_sampling" not in quirks and (version is None or version < _NO_SAMPLING),
        one_sampling=version is not None and version >= _ONE_SAMPLING,
    )


def version_of(model: str) -> tuple[int, int] | None:
    """Such as (4, 6) of `claude-opus-4-6`; None if it is not Claude, or does not say."""
    found = _VERSION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else None
