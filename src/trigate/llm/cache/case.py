"""One ask on its way through the cache: what is known of it, so that nobody has to pass on eight things."""

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.stream import Sink
from trigate.llm.cache.semantic import Sense
from trigate.llm.cache.wish import Wish
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask


class Case(Struct, eq=False):
    """An ask whose answer may be kept."""

    call: Call
    ask: Ask
    target: Goal
    rule: CacheSettings
    wish: Wish
    sink: Sink
    ground: tuple[str, ...] = ()
    """What its answer depends on beside itself: tenant and configuration."""
    key: str = ""
    sense: Sense | None = None
    tired: bool = False
    """It has followed another one that said nothing for too long."""

    @property
    def namespaces(self) -> tuple[str, str]:
        """Of the settings, and of the request."""
        return self.rule.namespace, self.wish.namespace

    @property
    def ttl(self) -> float:
        """Seconds for which the answer is kept."""
        return min(self.rule.ttl, self.wish.ttl)
