"""Key sets at addresses that clients name: fetched once for all who wait, and remembered for a while."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from msgspec import Struct

from trigate.core.clock import clock
from trigate.policy.cache import Cache
from trigate.policy.flight import Flights
from trigate.policy.inquiry import Reply
from trigate.policy.json_web_key import PublicKey, read_key_set
from trigate.portal.refused import Refused, unknown_client

MOST_REMEMBERED = 1000
MOST_UNDER_WAY = 8
LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 60.0, 600.0, 86_400.0
AGAIN_SECONDS = 30.0
"""How long nothing is fetched anew that somebody says has changed."""
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,9})(?=$|[,\s])")


class _Held(Struct, frozen=True):
    keys: tuple[PublicKey, ...]
    """Empty if there were none that can be used."""
    until: float
    """Monotonic seconds before which it is not fetched anew."""


class KeySets:
    """Those of all clients."""

    __slots__ = ("_ask", "_flights", "_known")

    def __init__(self, loop: asyncio.AbstractEventLoop, ask: Callable[[str], Awaitable[Reply]]) -> None:
        """`ask` gets what is at an address; raises Refused."""
        self._ask = ask
        self._flights = Flights[str, tuple[PublicKey, ...]](loop)
        self._known = Cache[str, _Held](MOST_REMEMBERED)

    async def keys(self, url: str, *, again: bool = False) -> tuple[PublicKey, ...]:
        """Those at this address, empty if there are none; `again`: they may have changed. Raises Refused."""
        if not url.startswith("https://"):
            raise unknown_client("the client's keys would come over an unprotected way")
        now = clock.monotonic()
        held = self._known.get(url, now)
        if held is not None and (not again or now < held.until):
            return held.keys
        if len(self._flights) >= MOST_UNDER_WAY and url not in self._flights:
            raise Refused("temporarily_unavailable", "too many clients are being looked up; try again", 503)
        return await self._flights.join(url, lambda: self._fetch(url, held.keys if held is not None else ()))

    async def _fetch(self, url: str, known: tuple[PublicKey, ...]) -> tuple[PublicKey, ...]:
        """`known` stay good as long as nothing else can be had."""
        keys, seconds = known, AGAIN_SECONDS
        try:
            reply = await self._ask(url)
            keys, seconds = read_key_set(reply.body), freshness(reply)
        except (Refused, ValueError):
            pass  # whoever cannot be asked is not asked again for a while either
        now = clock.monotonic()
        self._known.put(url, _Held(keys, now + AGAIN_SECONDS), now + seconds)
        return keys


def freshness(reply: Reply) -> float:
    """Seconds for which an answer may be used again."""
    said = _MAX_AGE.search(reply.field(b"cache-control").lower())
    return min(max(float(said[1]), LEAST_SECONDS), MOST_SECONDS) if said else USUAL_SECONDS
