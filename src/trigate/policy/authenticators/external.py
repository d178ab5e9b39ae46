"""A service of your own that says who is calling."""

import os
import re
from collections.abc import Awaitable
from hashlib import blake2b
from typing import Any, Literal

from trigate.core.clock import clock
from trigate.core.errors import Forbidden, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.parts import Headers
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.outbound.settings import TlsSettings
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.cache import Cache
from trigate.policy.claim import LANES, Claims, LaneName, Mapped
from trigate.policy.inquiry import Reply, Site, unavailable
from trigate.policy.strict_json import read_object

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,9})(?=$|[,\s])")
_NOT_PASSED = frozenset(("", "connection", "content-length", "host", "transfer-encoding", "upgrade", "te", "expect"))


class External(Authenticator):
    """Asks the HTTP service at `url` about each request, and believes its answer.

    The service gets the fields of `forward`, and method, scheme, host, path and the caller's address as
    `x-forwarded-method`, `-proto`, `-host`, `-uri` and `-for`. An answer of 2xx accepts the caller: `claims` say where
    it names it, in a JSON body or, as `header.NAME`, in its fields. 401 and 403 are passed on; anything else, and no
    answer in time, is 503. Answers are remembered only if they say so by `cache-control: max-age=SECONDS`.
    """

    url: str
    """The service."""
    name: str = "external"
    """Stands before the caller's name in records."""
    method: Literal["GET", "POST"] = "GET"
    """How it is asked."""
    forward: tuple[str, ...] = ("authorization", "cookie")
    """Header fields of the request that the service gets to see; they go to nobody else, unless `passed_on`."""
    passed_on: tuple[str, ...] = ()
    """Those of `forward` that also go on upstream."""
    always: bool = False
    """Ask also about requests that have none of these fields; otherwise they are left to the next authenticator."""
    query: bool = False
    """Show the service the query, too."""
    timeout: Duration = Duration(2)
    """Longest time for asking."""
    longest: Duration = Duration(300)
    """An answer is remembered no longer than this, whatever it says."""
    tls: TlsSettings | None = None
    """Whom to trust when asking, where `outbound.tls` is not right."""
    claims: Claims = Claims(user="header.x-auth-user")
    """Where the answer says who is calling."""
    lanes: tuple[LaneName, ...] = LANES
    """The lanes that such callers may use."""
    remembered: int = 10_000
    """Most answers remembered."""

    def __post_init__(self) -> None:
        for each in (*self.forward, *self.passed_on):
            if each.lower() in _NOT_PASSED or each.lower().startswith("x-forwarded-"):
                raise ValueError(f"the field {each!r} cannot be forwarded")

    def open(self, given: Circumstances) -> Identify:
        """Prepare the way to the service."""
        return _Asker(self, given).identify


class _Asker:
    """Asks, and remembers what may be remembered."""

    def __init__(self, settings: External, given: Circumstances) -> None:
        self._settings = settings
        self._forward = tuple(each.lower().encode() for each in settings.forward)
        self._own = frozenset(self._forward) - {each.lower().encode() for each in settings.passed_on}
        self._method = settings.method.encode()
        self._site = Site(settings.url, given.client, given.surroundings.loop, settings.timeout, tls=settings.tls)
        self._mapped = Mapped(settings.name, settings.claims, settings.lanes, given.directory.roster)
        self._roster = given.directory.roster
        self._pepper = os.urandom(32)
        self._known = Cache[bytes, tuple[int, Principal]](settings.remembered)
        wanted = settings.claims
        paths = (wanted.user, wanted.agent, wanted.team, wanted.organisation, wanted.roles, wanted.lanes)
        self._read = tuple(each.removeprefix("header.").lower() for each in paths if each.startswith("header."))

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal] | None:
        """See `Identify`."""
        headers = exchange.request.headers
        shown = [pair for pair in headers if pair[0] in self._forward]
        if not shown and not self._settings.always:
            return None
        asked = [*shown, *_described(exchange, query=self._settings.query)]
        digest = self._digest(asked)
        known = self._known.get(digest, clock.wall_ns() / 1e9)
        if known is not None and known[0] == self._roster.people:
            exchange.credentials = self._own
            return known[1]
        return self._ask(exchange, asked, digest)

    async def _ask(self, exchange: Exchange, asked: Headers, digest: bytes) -> Principal:
        reply = await self._site.ask(self._method, asked)
        if not 200 <= reply.status < 300:
            raise _refusal(reply)
        age = min(_max_age(reply), self._settings.longest)
        until = clock.wall_ns() / 1e9 + age if age else 0.0  # 0: good for this one request only
        principal = self._mapped.principal(self._claims(reply), until)
        if age:
            self._known.put(digest, (self._roster.people, principal), until)
        exchange.credentials = self._own
        return principal

    def _claims(self, reply: Reply) -> dict[str, Any]:
        described: dict[str, Any] = {}
        if reply.body and "json" in reply.field(b"content-type").lower():
            try:
                described = read_object(reply.body)
            except ValueError:
                raise unavailable() from None
        fields = {name: value for name in self._read if (value := reply.field(name.encode()))}
        return {**described, "header": fields} if fields or "header" in described else described

    def _digest(self, asked: Headers) -> bytes:
        """Of everything that can influence the answer; each part behind its length, so that none runs into the next."""
        parts = b"".join(b"%d:%b%d:%b" % (len(name), name, len(value), value) for name, value in asked)
        return blake2b(parts, key=self._pepper, digest_size=32).digest()


def _described(exchange: Exchange, *, query: bool) -> Headers:
    request, peer = exchange.request, exchange.peer
    path = request.target if query else request.path
    return [
        (b"x-forwarded-method", request.method),
        (b"x-forwarded-proto", request.scheme),
        (b"x-forwarded-host", request.authority),
        (b"x-forwarded-uri", path),
        (b"x-forwarded-for", peer.address.encode()),
    ]


def _refusal(reply: Reply) -> Exception:
    challenge = reply.field(b"www-authenticate")
    if reply.status == 401:
        headers = ((b"www-authenticate", challenge.encode() if challenge else b'Bearer realm="trigate"'),)
        return Unauthenticated("the credential of this request is not accepted", headers=headers)
    if reply.status == 403:
        return Forbidden("this caller is not let in")
    return unavailable()


def _max_age(reply: Reply) -> float:
    """How long the answer may be remembered, in seconds, 0 if not at all (RFC 9111 §5.2.2)."""
    control = reply.field(b"cache-control").lower()
    found = _MAX_AGE.search(control)
    return float(found[1]) if found and "no-store" not in control and "no-cache" not in control else 0.0
