"""Where an ask may go: one model of one provider, and what is sent there and made of its answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.demand import Demand
from trigate.core.errors import UpstreamProtocolError, UpstreamTimeout
from trigate.core.parts import Headers, Part, field
from trigate.core.stream import Sink
from trigate.llm.demand import Terms, demand_of
from trigate.llm.drain import Drain
from trigate.llm.extent import MediaBounds
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.meter import Meter
from trigate.llm.operation import Ask
from trigate.llm.provider import Provider
from trigate.llm.refusal import refuse
from trigate.llm.relay import StreamRelay, relay_body
from trigate.llm.sheet import Sheet
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
    """What holds for every call: sizes in bytes, times in seconds."""

    answer: int
    event: int
    keep_alive: float
    media: MediaBounds = MediaBounds()
    drain: float | None = None
    """How long a call goes on without its caller; None if it ends at once."""


class Site:
    """A provider made ready: its endpoint, paths and constant header fields."""

    __slots__ = (
        "_secrets",
        "client",
        "counts_streams",
        "deadlines",
        "endpoint",
        "fields",
        "max_tokens_field",
        "name",
        "paths",
    )

    def __init__(self, name: str, provider: Provider, client: Client, deadlines: Deadlines) -> None:
        self.name = name
        self.client = client
        self.deadlines = deadlines
        self.endpoint: Endpoint = client.endpoint(
            provider.origin(), timeouts=provider.patience(), credential=provider.credential
        )
        prefix = self.endpoint.prefix
        self.paths = {operation: prefix + provider.path(operation) for operation in OPERATIONS}
        credentials = provider.credentials()
        self._secrets = tuple(value.removeprefix(b"Bearer ") for _, value in credentials)
        self.fields = Block([*OWN_FIELDS, *credentials])
        self.counts_streams = provider.counts_streams()
        self.max_tokens_field = provider.max_tokens_field

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What must not stand in any answer."""
        return self._secrets + self.endpoint.secrets()


class Target:
    """One model of one provider; `last` if no other is tried after it."""

    __slots__ = ("_bounds", "_model", "_site", "_terms", "last", "name")

    def __init__(self, site: Site, model: str, sheet: Sheet | None, bounds: Bounds, *, last: bool) -> None:
        self._terms = Terms(site.name, model, sheet, site.max_tokens_field, bounds.media)
        self._site = site
        self._bounds = bounds
        self._model = Raw(msgspec.json.encode(model))
        self.name = f"{site.name}/{model}"
        self.last = last

    def demand(self, ask: Ask) -> Demand:
        """The most that an attempt here can use up; raises InvalidParameter."""
        return demand_of(ask, self._terms)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Send the ask, and the answer but its last part into `sink`; returns the last part.

        While a streamed answer is silent, the caller gets comments.
        """
        site, exchange = self._site, call.exchange
        call.target = self.name
        meter = Meter(call, ask, self._terms)
        drain = self._drain(call, sink)
        keep_alive = self._watch(call, sink) if ask.streamed else None
        answer: Answer | None = None
        try:
            answer = await site.client.send(
                site.endpoint,
                b"POST",
                site.paths[ask.operation.upstream],
                site.fields,
                ask.body(self._model, counts_streams=site.counts_streams),
                exchange.signal,
                extra=exchange.id_line + ask.carried,
                receipt=meter,
            )
            call.first_byte = clock.monotonic()
            call.status = answer.head.status
            return await self._relay(call, ask, meter, answer, sink, keep_alive)
        except (asyncio.CancelledError, UpstreamTimeout):
            meter.presume()
            raise
        finally:
            if answer is not None:
                answer.close()
            if keep_alive is not None:
                keep_alive.stop()
            if drain is not None and drain.stop():
                call.flags.append("llm.drained")
            meter.close()

    def _watch(self, call: Call, sink: Sink) -> KeepAlive:
        every = self._bounds.keep_alive
        return KeepAlive(sink, self._site.deadlines, every, call.started + every)

    def _drain(self, call: Call, sink: Sink) -> Drain | None:
        limit = self._bounds.drain
        return None if limit is None else Drain(sink, call.exchange.task, self._site.deadlines, limit)

    def _relay(
        self, call: Call, ask: Ask, meter: Meter, answer: Answer, sink: Sink, keep_alive: KeepAlive | None
    ) -> Coroutine[Any, Any, Part]:
        """Judge the head, then pass the answer on by its form."""
        head, bounds = answer.head, self._bounds
        if not 200 <= head.status < 300:
            meter.refused()
            return refuse(self._site, answer, sink, last=self.last)
        meter.begun = True
        if field(head.headers, b"content-encoding") not in (None, b"identity"):
            raise UpstreamProtocolError(
                f"provider {self._site.name!r} compressed its answer, which it was asked not to do"
            )
        if keep_alive is not None and (field(head.headers, b"content-type") or b"").startswith(b"text/event-stream"):
            return StreamRelay(call, ask, meter, answer, sink, keep_alive, bounds.event, self._site).run()
        return relay_body(meter, answer, sink, bounds.answer)
