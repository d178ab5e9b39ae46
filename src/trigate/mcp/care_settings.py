"""How a server is spared and what becomes of its failures and of what it answers too much of."""

from typing import Literal

from trigate.core.settings import Duration, Settings, Size


class Concurrency(Settings):
    """How many calls a server has under way at once, in each worker."""

    calls: int
    """Most calls under way."""
    waiting: int = 100
    """Most calls that wait for their turn; further ones are refused at once. Waiting counts as time of the call."""

    def __post_init__(self) -> None:
        if self.calls < 1 or self.waiting < 0:
            raise ValueError("`calls` is at least 1, and `waiting` is not negative")


class BreakerSettings(Settings):
    """When a server is left alone for a while."""

    failures: int = 5
    """Failures in a row after which it is: no connection, or HTTP 502, 503 or 504. What a tool answers, or how long it
    takes, does not count. 0 for never."""
    rest: Duration = Duration(10)
    """How long; then one call tries whether it is well again."""

    def __post_init__(self) -> None:
        if self.failures < 0 or self.rest <= 0:
            raise ValueError("`failures` is not negative, and `rest` is more than 0s")


class Results(Settings):
    """What becomes of results that are too large."""

    max: Size = Size(16 * 2**20)
    """Bytes of a result as JSON."""
    beyond: Literal["refuse", "truncate"] = "refuse"
    """`refuse` tells the caller that it was too large; `truncate` gives what fits, and says so in the text and in
    `_meta`."""

    def __post_init__(self) -> None:
        if self.max < 1024:
            raise ValueError("`max` is at least 1 KiB")
