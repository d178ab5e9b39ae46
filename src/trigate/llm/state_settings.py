"""Settings of what providers, or the gateway, keep for callers."""

from typing import Literal

from trigate.core.settings import Duration, Settings, Size

Per = Literal["team", "user", "key"]


class StateSettings(Settings):
    """Files, batches and conversations: whose they are, and where they go."""

    per: Per = "team"
    """Who may see what a caller has made: everybody of its `team`, its `user` alone, or its `key` alone. A caller who
    has no team is seen as a user, one without a user as a key; an end user for whom a key speaks stands alone."""
    files: str = ""
    """The provider that files go to unless the address says another (`?provider=NAME`); by default the first one that
    takes files in the caller's dialect."""
    max_file: Size = Size(512 * 2**20)
    """Most bytes of a file; it lies on the disk of the gateway until the provider has taken it."""
    batch_price: int = 50
    """What a token of a batch costs, in percent of what it costs otherwise."""
    settle_every: Duration = Duration(60)
    """How often each worker looks after batches and answers in the background whose cost nobody has asked for: what
    they can cost stays set aside from budgets, and what they have cost is counted. `0s` leaves it to their owners."""
    conversations: Literal["off", "memory", "store", "redis"] = "store"
    """Where the gateway keeps conversations that are continued by `previous_response_id` with providers that keep
    none: nowhere (`off`), in each worker until it ends (`memory`), in the `store`, or in `redis`. They are sealed."""
    keep: Duration = Duration(30 * 86_400)
    """How long it keeps them; providers themselves keep theirs for 30 days."""

    def __post_init__(self) -> None:
        if not 0 < self.batch_price <= 100:
            raise ValueError("batch_price is a percentage from 1 to 100")
        if self.settle_every and not 1 <= self.settle_every <= 3600:
            raise ValueError("settle_every is 0s, or between 1s and 1h")
        if self.keep < 1:
            raise ValueError("keep must be at least 1s")
