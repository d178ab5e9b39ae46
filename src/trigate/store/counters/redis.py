"""Numbers in Redis or Valkey, for several machines."""

from fractions import Fraction
from typing import Literal

from trigate.core.settings import Duration, Secret
from trigate.store.counter import Counters, Counting, Ground

_SCHEMES = ("redis://", "rediss://", "unix://")


class Redis(Counting):
    """Counts in a Redis or Valkey server (7 or newer), for gateways on several machines: one round trip per exchange.

    If the server cannot be asked, the loss is logged, and either each worker gives out a share of every limit by itself
    or requests are refused. When it is back, what was used meanwhile is added, and limits are exact again.
    """

    url: Secret
    """`redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://…` for TLS, or `unix:///PATH`."""
    prefix: str = "trigate"
    """Begins every key; gateways that share their limits have the same. All keys have one hash tag: in a cluster they
    lie on one node."""
    timeout: Duration = Duration(0.05)
    """Longest wait for an answer; a server that is slower counts as lost."""
    on_loss: Literal["share", "refuse"] = "share"
    """While the server is lost: let each worker give out its `share` of every limit, or `refuse` requests that have
    limits."""
    share: str = "1/2"
    """Part of each limit that one worker gives out while the server is lost: `1/N` for N workers on all machines
    together keeps the sum within the limit."""
    cells: int = 100_000
    """Most numbers that a worker keeps by itself while the server is lost."""

    def __post_init__(self) -> None:
        if not self.url.reveal().startswith(_SCHEMES):
            raise ValueError("url must be redis://HOST, rediss://HOST or unix:///PATH")
        if not self.prefix or any(each in self.prefix for each in "{} \t\r\n"):
            raise ValueError("prefix must not be empty, nor hold braces or spaces")
        if not 0.005 <= self.timeout <= 5:
            raise ValueError("timeout must be between 5ms and 5s")
        if not 0 < _part(self.share) <= 1:
            raise ValueError("share must be above 0 and at most 1")
        if self.cells < 100:
            raise ValueError("cells must be at least 100")

    def open(self, ground: Ground) -> Counters:
        """Connects when the first exchange comes."""
        from trigate.store.redis_tally import RedisOptions, RedisTally  # noqa: PLC0415 - TLS and more, if named only

        options = RedisOptions(
            self.url.reveal(), self.prefix, self.timeout, self.on_loss, _part(self.share), self.cells
        )
        return RedisTally(ground.surroundings.loop, options)


def _part(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"share {text!r} is not a part such as 1/2 or 0.25") from None
