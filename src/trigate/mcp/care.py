"""Calls to a server that is spared, tried again or left alone as its settings say."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from trigate.core.call import Call, Try
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import CredentialFailed, EgressDenied, UpstreamFailed, UpstreamTimeout, UpstreamUnreachable
from trigate.core.parts import Part
from trigate.core.stream import Sink
from trigate.mcp.ask import Ask
from trigate.mcp.breaker import Breaker
from trigate.mcp.fault import ServerBusy, ServerFailed, ServerResting
from trigate.mcp.turnstile import Turnstile
from trigate.outbound.connection_needed import ConnectionNeeded

if TYPE_CHECKING:
    from trigate.mcp.upstream import Upstream

_PAUSE = 0.2
"""Seconds before the first further try; twice as long before each one after it, and up to twice that by chance."""
_LONGEST_PAUSE = 2.0
_FINAL = (UpstreamTimeout, EgressDenied, CredentialFailed, ConnectionNeeded, ServerBusy, ServerResting)
_REFUSED = frozenset({401, 403})
Attempt = Callable[[], Coroutine[Any, Any, Part]]


class Care:
    """Of one server, in one worker."""

    __slots__ = ("_deadlines", "_retries", "_trusted", "_turnstile", "_upstream", "breaker")

    def __init__(self, upstream: "Upstream", deadlines: Deadlines) -> None:
        settings = upstream.settings
        self._deadlines = deadlines
        self._upstream = upstream
        self._retries = settings.retries
        self._trusted = settings.trust_annotations
        self._turnstile = Turnstile(settings.concurrency) if settings.concurrency is not None else None
        self.breaker = Breaker(settings.breaker)

    async def run(self, call: Call, ask: Ask, sink: Sink, attempt: Attempt) -> Part:
        """The answer of `attempt`, made as often as is safe; raises GatewayError."""
        turnstile = self._turnstile
        if turnstile is None:
            return await self._run(call, ask, sink, attempt)
        try:
            await turnstile.enter()
        except UpstreamFailed as error:
            raise self._upstream.blamed(error) from None
        try:
            return await self._run(call, ask, sink, attempt)
        finally:
            turnstile.leave()

    async def _run(self, call: Call, ask: Ask, sink: Sink, attempt: Attempt) -> Part:
        try:
            self.breaker.check()
            last = await attempt()
        except UpstreamFailed as error:
            return await self.again(call, ask, sink, attempt, error)
        self.breaker.answered()
        return last

    async def again(self, call: Call, ask: Ask, sink: Sink, attempt: Attempt, error: UpstreamFailed) -> Part:
        """The answer after a first attempt that failed; raises GatewayError."""
        for tries in range(self._retries):
            if sink.committed or not self._is_safe(ask, error):
                break
            await _pause(self._deadlines, _note(call, error, tries))
            try:
                last = await attempt()
            except UpstreamFailed as another:
                error = another
                continue
            self.breaker.answered()
            return last
        raise self._upstream.blamed(error) from None

    def _is_safe(self, ask: Ask, error: UpstreamFailed) -> bool:
        """Whether a call may be made once more: nobody has acted on it, or it does no harm."""
        if isinstance(error, _FINAL) or (error.retry_after or 0.0) > _LONGEST_PAUSE or ask.retry is not None:
            return False
        if isinstance(error, UpstreamUnreachable):
            return True
        if isinstance(error, ServerFailed) and error.answered in _REFUSED:
            return False
        if ask.name != "tools/call":
            return True
        tool = self._upstream.tool(ask.subject) if self._trusted else None
        return tool is not None and any(tool.traits().get(each) for each in ("read_only", "idempotent"))


class _Pause:
    """Ends at its deadline, as every wait of a process does."""

    __slots__ = ("deadline", "over")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def expire(self) -> None:
        """It is over."""
        self.deadline = NEVER
        if not self.over.done():
            self.over.set_result(None)


async def _pause(deadlines: Deadlines, seconds: float) -> None:
    pause = _Pause(clock.monotonic() + seconds)
    deadlines.add(pause)
    try:
        await pause.over
    finally:
        deadlines.discard(pause)


def _note(call: Call, error: UpstreamFailed, tries: int) -> float:
    """Put a failed try on record; seconds to wait before the next."""
    call.attempts += 1
    ended = int((clock.monotonic() - call.started) * 1_000_000)
    call.tries.append(Try(call.target, error.fault or error.code, ended))
    pause = min(_LONGEST_PAUSE, _PAUSE * 2**tries) * (0.5 + random.random() / 2)  # noqa: S311 - no secret
    return max(pause, error.retry_after or 0.0)
