"""Servers reached by URL whose transport is not named: it is found out with the era, by asking.

First come the messages of Streamable HTTP. A server that turns away even `initialize` with a 4xx may be one of
2024-11-05, whose stream is then opened at the same address (2025-11-25, transports: backwards compatibility).
"""

from typing import TYPE_CHECKING, Any

from trigate.core.errors import UpstreamFailed
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.mcp.fault import ServerFailed
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening.over_http import OverHttp
from trigate.mcp.message import Outgoing
from trigate.mcp.settings import Server
from trigate.mcp.transport import Leg
from trigate.mcp.transports.http_sse import HttpSse
from trigate.mcp.transports.streamable_http import StreamableHttp

if TYPE_CHECKING:
    from types import CoroutineType

    from trigate.mcp.letter import Letter
    from trigate.mcp.upstream import Upstream
    from trigate.outbound.client import Client

_ABOUT_CALLERS = frozenset({401, 403, 408, 429})
"""Of the 4xx those that say nothing about the transport."""


class _Way:
    """What was found out last; it outlives reloads that leave the address alone."""

    __slots__ = ("over_sse",)

    def __init__(self) -> None:
        self.over_sse = False

    def drain(self) -> None:
        """Nothing to close."""


class Probing:
    """A server at a URL, spoken to over the transport that it turns out to have."""

    def __init__(self, name: str, server: Server, client: "Client", surroundings: Surroundings) -> None:
        self._streamable = StreamableHttp(name, server, client, surroundings)
        self._parts = name, server, client, surroundings
        self._older: HttpSse | None = None
        self._way = surroundings.keep.adopt(f"mcp.way.{name}", server.url, _Way)

    async def greet(self, signal: Signal) -> Greeting:
        """Find out what the server speaks, over which transport, and say hello."""
        if self._way.over_sse:
            try:
                return await self._greet_older(signal)
            except UpstreamFailed:
                self._way.over_sse = False  # it may be another one by now
        try:
            return await self._streamable.greet(signal)
        except ServerFailed as error:
            if not _may_be_older(error):
                raise
            refusal = error
        try:
            return await self._greet_older(signal)
        except UpstreamFailed as error:
            refusal.message = f"{refusal.message} (HTTP {refusal.answered}); nor is it one of HTTP+SSE: {error.message}"
            raise refusal from None

    async def _greet_older(self, signal: Signal) -> Greeting:
        found = await self._sse.greet(signal)
        found.over_sse = self._way.over_sse = True
        return found

    async def begin(self, profile: int, signal: Signal) -> Greeting:
        """One more session."""
        if not self._way.over_sse:
            return await self._streamable.begin(profile, signal)
        found = await self._sse.begin(profile, signal)
        found.over_sse = True
        return found

    def ask(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "CoroutineType[Any, Any, Leg]":
        """Send a request."""
        return self._of(greeting).ask(greeting, outgoing, signal)

    def listen(self, greeting: Greeting, outgoing: Outgoing, signal: Signal) -> "CoroutineType[Any, Any, Leg]":
        """Send a request whose answer is a stream that lasts."""
        return self._of(greeting).listen(greeting, outgoing, signal)

    def hear(self, greeting: Greeting, signal: Signal, last: bytes = b"") -> "CoroutineType[Any, Any, Leg]":
        """Open the stream of a session."""
        return self._of(greeting).hear(greeting, signal, last)

    def letter(self, outgoing: Outgoing, hole: bytes) -> "Letter | None":
        """A request to a server of the newer era, written ahead."""
        return self._streamable.letter(outgoing, hole)

    def part(self, greeting: Greeting) -> None:
        """Say goodbye."""
        self._of(greeting).part(greeting)

    def hearing(self, upstream: "Upstream") -> OverHttp:
        """How to listen to what the server says unasked."""
        return OverHttp(upstream, self)

    def _of(self, greeting: Greeting) -> "StreamableHttp | HttpSse":
        return self._sse if greeting.over_sse else self._streamable

    @property
    def _sse(self) -> HttpSse:
        if self._older is None:
            self._older = HttpSse(*self._parts)
        return self._older


def _may_be_older(error: ServerFailed) -> bool:
    return 400 <= error.answered < 500 and error.answered not in _ABOUT_CALLERS
