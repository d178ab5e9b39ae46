"""Where an ask may go: one model of one provider, and what is sent there and made of its answer."""

import asyncio
import copy
import re
from collections.abc import Coroutine
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError, UpstreamProtocolError, UpstreamTimeout
from trigate.core.parts import Part, field
from trigate.core.stream import Sink
from trigate.llm.chat_dialect import UNTOLD_OUTPUT, Manners, Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.demand import Terms, demand_of
from trigate.llm.drain import Drain
from trigate.llm.error import NotOffered, NotPortable
from trigate.llm.extent import MediaBounds
from trigate.llm.fault import NONE, Fault, fault_of
from trigate.llm.keep_alive import KeepAlive
from trigate.llm.loss import Losses, flags, loss_fields
from trigate.llm.meter import Meter
from trigate.llm.model_facts import ModelFacts
from trigate.llm.operation import Ask
from trigate.llm.refusal import pass_on, read_refusal
from trigate.llm.relay import StreamRelay, relay_body, relay_reply
from trigate.llm.sheet import Sheet
from trigate.llm.signature import MARK
from trigate.llm.site import Site
from trigate.llm.task_operation import TaskOperation
from trigate.llm.task_relay import relay_task
from trigate.llm.translation import StreamTranslation
from trigate.llm.way import Way, find_way
from trigate.outbound.answer import Answer

_MARKED = re.compile(MARK.encode()).search
_MARKED_IN_BASE64 = re.compile(rb"dGd[+-]|" + MARK.encode()).search
FOREIGN = {
    "anthropic_messages": _MARKED,
    "openai_responses": _MARKED,
    "gemini_content": _MARKED_IN_BASE64,
    "bedrock_converse": _MARKED_IN_BASE64,
}
"""Finds signatures in an ask that its dialect's own provider did not make: they must be taken out."""
STREAMS = (b"text/event-stream", b"application/vnd.amazon.eventstream")
"""Content types of streams."""
DEMANDING = frozenset({"anthropic_messages"})
"""Dialects in which an ask must bound its output."""
_encode = msgspec.json.Encoder().encode
OnLoss = Literal["warn", "drop", "reject"]


class Bounds(Struct, frozen=True):
    """What holds for every call: sizes in bytes, times in seconds."""

    answer: int
    event: int
    keep_alive: float
    media: MediaBounds = MediaBounds()
    on_loss: OnLoss = "warn"
    drain: float | None = None
    """How long a call goes on without its caller; None if it ends at once."""
    most_output: int = UNTOLD_OUTPUT
    """Tokens of output to ask for where the provider demands a bound and the caller sets none."""


class Target:
    """One model of one provider."""

    __slots__ = ("_bounds", "_manners", "_model", "_site", "_terms", "_ways", "facts", "health", "name", "yields")

    def __init__(
        self,
        site: Site,
        model: str,
        sheet: Sheet | None,
        bounds: Bounds,
        facts: ModelFacts | None = None,
        *,
        yields: frozenset[Fault] = NONE,
    ) -> None:
        self._terms = Terms(site.name, model, sheet, site.max_tokens_field, bounds.media)
        self._site = site
        self._bounds = bounds
        self._model = Raw(msgspec.json.encode(model))
        self._manners = Manners(
            model,
            most_output=min(facts.most_output if facts else 0, bounds.most_output) or UNTOLD_OUTPUT,
            max_tokens_field=site.max_tokens_field,
            counts_streams=site.counts_streams,
            quirks=site.provider.quirks(),
        )
        self._ways: dict[str, Way | None] = {}
        self.name = f"{site.name}/{model}"
        self.facts = facts
        """What is known of the model; None if nothing is."""
        self.yields = yields
        """Failures after which another target is tried; any other refusal of the provider's is told to the caller."""
        self.health = site.vitals.model(model)

    def yielding(self, faults: frozenset[Fault]) -> "Target":
        """The same target, with another place in a list of them."""
        made = copy.copy(self)
        made.yields = faults
        return made

    def available(self, now: float) -> bool:
        """Whether it is worth asking now (monotonic seconds), as far as is known."""
        return self.health.available(now) and self._site.vitals.provider.available(now)

    def opens(self, now: float) -> float:
        """When it is worth asking again."""
        return max(self.health.opens, self._site.vitals.provider.opens, now)

    def demand(self, ask: Ask) -> Demand:
        """The most that an attempt here can use up; raises InvalidParameter."""
        terms = self._terms
        if ask.operation.is_chat and not (way := self._way(ask)).direct and way.dialect.name in DEMANDING:
            terms = structs.replace(terms, most_output=self._manners.most_output)
        return demand_of(ask, terms)

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Send the ask, and the answer but its last part into `sink`; returns the last part.

        While a streamed answer is silent, the caller gets comments. Raises NotOffered and NotPortable.
        """
        site, exchange = self._site, call.exchange
        call.target = self.name
        way = self._way(ask)
        body, extra, losses = self._write(call, ask, way)
        meter = Meter(call, ask, self._terms)
        drain = self._drain(call, sink)
        keep_alive = self._watch(call, ask, sink) if ask.streamed else None
        answer: Answer | None = None
        health = self.health
        begun = health.begin()
        try:
            answer = await site.client.send(
                site.endpoint,
                b"POST",
                site.endpoint.prefix + (way.streamed if ask.streamed else way.plain),
                site.fields,
                body,
                exchange.signal,
                extra=exchange.id_line + extra,
                receipt=meter,
            )
            call.first_byte = clock.monotonic()
            call.status = answer.head.status
            last = await self._relay(call, ask, way, losses, meter, answer, sink, keep_alive)
        except (asyncio.CancelledError, GatewayError) as error:
            self._fail(error, meter)
            raise
        else:
            if call.status < 300:
                health.measure(call.first_byte - begun, call.first_byte)
                health.answered(begun)
            return last
        finally:
            health.end()
            if answer is not None:
                answer.close()
            if keep_alive is not None:
                keep_alive.stop()
            if drain is not None and drain.stop():
                call.flags.append("llm.drained")
            meter.close()

    def _fail(self, error: BaseException, meter: Meter) -> None:
        """The attempt has come to nothing."""
        if isinstance(error, asyncio.CancelledError | UpstreamTimeout):
            meter.presume()
        if isinstance(error, GatewayError):
            self._site.vitals.note(self.health, fault_of(error), error.retry_after)

    def _way(self, ask: Ask) -> Way:
        """How the ask goes here, found out once; raises NotOffered."""
        operation = ask.operation
        if operation.name not in self._ways:
            self._ways[operation.name] = find_way(operation, self._site.provider, self._terms.model)
        way = self._ways[operation.name]
        if way is None:
            raise NotOffered(f"provider {self._site.name!r} does not offer {operation.action}")
        return way

    def _write(self, call: Call, ask: Ask, way: Way) -> tuple[bytes, bytes, Losses | None]:
        """The body, the caller's header fields that go with it, and what was lost, None if nothing can be."""
        if way.direct and not ask.listed and not _is_foreign(ask):
            return ask.write(self._model, counts_streams=self._site.counts_streams), ask.address.carried, None
        body, losses = self._translate(call, ask, way)
        return body, ask.address.common, losses

    def _translate(self, call: Call, ask: Ask, way: Way) -> tuple[bytes, Losses]:
        """The body in the target's dialect, and what it does not say; raises NotPortable, InvalidParameter."""
        losses = Losses()
        conversation = ask.conversation()
        if ask.most_output is not None:
            conversation = structs.replace(conversation, most_output=ask.most_output)
        body = way.dialect.write_ask(conversation, self._manners, losses)
        on_loss = self._bounds.on_loss
        if losses and on_loss == "reject":
            lost = ", ".join(each.field for each in losses.found())
            raise NotPortable(f"{self.name} speaks {way.dialect.name}, in which this cannot be said as it is: {lost}")
        call.flags.extend(flags(losses))
        return _encode(body), losses

    def _watch(self, call: Call, ask: Ask, sink: Sink) -> KeepAlive:
        every, operation = self._bounds.keep_alive, ask.operation
        first = call.started + every
        remark = b"" if ask.listed else operation.remark
        return KeepAlive(sink, self._site.deadlines, every, first, remark, ask.stream_type)

    def _drain(self, call: Call, sink: Sink) -> Drain | None:
        limit = self._bounds.drain
        return None if limit is None else Drain(sink, call.exchange.task, self._site.deadlines, limit)

    def _relay(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
        self,
        call: Call,
        ask: Ask,
        way: Way,
        losses: Losses | None,
        meter: Meter,
        answer: Answer,
        sink: Sink,
        keep_alive: KeepAlive | None,
    ) -> Coroutine[Any, Any, Part]:
        """Judge the head, then pass the answer on by its form."""
        head, bounds = answer.head, self._bounds
        if not 200 <= head.status < 300:
            meter.refused()
            return self._refuse(ask, way, answer, sink)
        meter.begun = True
        if field(head.headers, b"content-encoding") not in (None, b"identity"):
            raise UpstreamProtocolError(
                f"provider {self._site.name!r} compressed its answer, which it was asked not to do"
            )
        operation = ask.operation
        if isinstance(operation, TaskOperation):
            return relay_task(operation, call, ask, meter, answer, sink, bounds.answer, keep_alive, self._site)
        if keep_alive is not None and (field(head.headers, b"content-type") or b"").startswith(STREAMS):
            stream = self._stream(ask, way, losses)
            more = loss_fields(losses) if losses and bounds.on_loss == "warn" else []
            return StreamRelay(call, ask, meter, answer, sink, keep_alive, stream, self._site, more).run()
        if losses is None:
            return relay_body(meter, answer, sink, bounds.answer, way.dialect.read_tally)
        telling = losses if bounds.on_loss == "warn" else None
        return relay_reply(call, ask, meter, answer, sink, bounds.answer, way.dialect, telling)

    async def _refuse(self, ask: Ask, way: Way, answer: Answer, sink: Sink) -> Part:
        """Tell the caller of a refusal; raises it if that is another target's turn, or nothing for a caller to see."""
        refusal = await read_refusal(self._site, answer, way.dialect, NONE if sink.committed else self.yields)
        if refusal.fault in self.yields and not sink.committed:
            raise refusal.error
        last = pass_on(refusal, sink, way.dialect, find_chat_dialect(ask.operation.dialect))
        self._site.vitals.note(self.health, refusal.fault, refusal.error.retry_after)
        return last

    def _stream(self, ask: Ask, way: Way, losses: Losses | None) -> Passing:
        """What makes of the provider's stream what the caller gets."""
        limit = self._bounds.event
        if losses is None:
            return way.dialect.passing(limit, hides_usage=ask.hides_usage)
        wanted = find_chat_dialect(ask.operation.dialect)
        return StreamTranslation(way.dialect.stream_reader(limit), wanted.stream_writer(ask.conversation()))


def _is_foreign(ask: Ask) -> bool:
    """Whether signatures in it have to be looked at."""
    find = FOREIGN.get(ask.operation.name)
    return find is not None and find(ask.body) is not None
