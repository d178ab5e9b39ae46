"""Where an ask may go: one model of one provider, and what is sent there and made of its answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamProtocolError
from trigate.core.parts import Headers, Part, field
from trigate.core.stream import Sink
from trigate.llm.dialect import Ask
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.provider import Provider
from trigate.llm.refusal import refuse
from trigate.llm.relay import StreamRelay, relay_body
from trigate.llm.token_count import estimate
from trigate.outbound.answer import Answer
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.request import Block

OWN_FIELDS: Headers = [
    (b"content-type", b"application/json"),
    (b"accept", b"application/json"),
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"trigate"),
]
OPERATIONS = ("chat/completions", "embeddings")
"""What a provider is asked for."""


class Bounds(Struct, frozen=True):
    """Sizes in bytes and times in seconds that hold for every answer."""

    answer: int
    event: int
    keep_alive: float


class Site:
    """A provider made ready: its endpoint, paths and constant header fields."""

    __slots__ = ("client", "counts_streams", "deadlines", "endpoint", "fields", "name", "paths", "secrets")

    def __init__(self, name: str, provider: Provider, client: Client, deadlines: Deadlines) -> None:
        self.name = name
        self.client = client
        self.deadlines = deadlines
        self.endpoint: Endpoint = client.endpoint(provider.origin(), timeouts=provider.patience())
        prefix = self.endpoint.prefix
        self.paths = {operation: prefix + provider.path(operation) for operation in OPERATIONS}
        credentials = provider.credentials()
        self.secrets = tuple(value.removeprefix(b"Bearer ") for _, value in credentials)
        """What must not stand in any answer."""
        self.fields = Block([*OWN_FIELDS, *credentials])
        self.counts_streams = provider.counts_streams()


class Target:
    """One model of one provider; `last` if no other is tried after it."""

    __slots__ = ("_bounds", "_model", "_site", "last", "name")

    def __init__(self, site: Site, model: str, bounds: Bounds, *, last: bool) -> None:
        self._site = site
        self._bounds = bounds
        self._model = Raw(msgspec.json.encode(model))
        self.name = f"{site.name}/{model}"
        self.last = last

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Send the ask, and the answer but its last part into `sink`; returns the last part.

        While a streamed answer is silent, the caller gets comments.
        """
        site, exchange = self._site, call.exchange
        call.target = self.name
        keep_alive = self._watch(call, sink) if ask.streamed else None
        answer: Answer | None = None
        try:
            answer = await site.client.send(
                site.endpoint,
                b"POST",
                site.paths[ask.operation],
                site.fields,
                ask.body(self._model, counts_streams=site.counts_streams),
                exchange.signal,
                extra=exchange.id_line + ask.carried,
            )
            call.first_byte = clock.monotonic()
            call.status = answer.head.status
            return await self._relay(call, ask, answer, sink, keep_alive)
        except asyncio.CancelledError:
            if not call.usage.input_tokens:
                estimate(call.usage, ask.size, 0)  # the provider may have begun, and will charge for it
            raise
        finally:
            if answer is not None:
                answer.close()
            if keep_alive is not None:
                keep_alive.stop()

    def _watch(self, call: Call, sink: Sink) -> KeepAlive:
        every = self._bounds.keep_alive
        return KeepAlive(sink, self._site.deadlines, every, call.started + every)

    def _relay(
        self, call: Call, ask: Ask, answer: Answer, sink: Sink, keep_alive: KeepAlive | None
    ) -> Coroutine[Any, Any, Part]:
        """Judge the head, then pass the answer on by its form."""
        head, bounds = answer.head, self._bounds
        if not 200 <= head.status < 300:
            return refuse(self._site, answer, sink, last=self.last)
        if field(head.headers, b"content-encoding") not in (None, b"identity"):
            raise UpstreamProtocolError(
                f"provider {self._site.name!r} compressed its answer, which it was asked not to do"
            )
        if keep_alive is not None and (field(head.headers, b"content-type") or b"").startswith(b"text/event-stream"):
            return StreamRelay(call, ask, answer, sink, keep_alive, bounds.event).run()
        return relay_body(call, ask, answer, sink, bounds.answer)
