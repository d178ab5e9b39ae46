"""Keyed bytes in Redis or Valkey."""

from trigate.core.errors import BadConfig
from trigate.core.settings import Duration, Secret, Size
from trigate.core.shelf import Shelf
from trigate.store.depot import Depot, Ground

_SCHEMES = ("redis://", "rediss://", "unix://")


class Redis(Depot):
    """Kept in a Redis or Valkey server, for gateways on several machines; how much it keeps is the server's to say
    (`maxmemory`).

    It stands there as it is: whoever can read the server can read it.
    """

    url: Secret | None = None
    """`redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://…` for TLS, or `unix:///PATH`; left out, the server
    of `store.counters`."""
    prefix: str = "trigate"
    """Begins every key; gateways that share what is kept have the same."""
    largest: Size = Size(2**20)
    """Most bytes of one thing; what is larger is not kept."""
    timeout: Duration = Duration(0.25)
    """Longest wait for an answer; a server that is slower counts as out of reach."""

    def __post_init__(self) -> None:
        if self.url is not None and not self.url.reveal().startswith(_SCHEMES):
            raise ValueError("url must be redis://HOST, rediss://HOST or unix:///PATH")
        if not self.prefix or any(each in self.prefix for each in "{}*?[]^\\ \t\r\n"):
            raise ValueError("prefix must not be empty, nor hold spaces and any of {}*?[]^\\")
        if not 0.005 <= self.timeout <= 5:
            raise ValueError("timeout must be between 5ms and 5s")

    def open(self, name: str, ground: Ground) -> Shelf:
        """Connects when it is first used; raises BadConfig if no server is named."""
        from trigate.store.redis_shelf import RedisShelf  # noqa: PLC0415 - TLS and more, if named only

        url = self.url or ground.server
        if url is None:
            raise BadConfig("a redis shelf needs a `url`, here or at `store.counters`")
        return RedisShelf(url.reveal(), f"{self.prefix}:{name}:", self.largest, self.timeout)
