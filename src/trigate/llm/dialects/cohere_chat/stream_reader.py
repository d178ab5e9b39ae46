"""A provider's stream of events, read."""

from collections.abc import Callable
from typing import Any

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Part, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.document import read_citation
from trigate.llm.dialects.cohere_chat.event import (
    Call,
    Content,
    EventDelta,
    Message,
    StreamEvent,
    decode_event,
    read_usage,
)
from trigate.llm.dialects.cohere_chat.logprob import read_logprobs
from trigate.llm.dialects.cohere_chat.reply_reader import stop_of
from trigate.llm.dialects.cohere_chat.word import BROKEN, HOME
from trigate.llm.event_stream import EventReader, ServerEvent
from trigate.llm.fresh import fresh_id
from trigate.llm.node import Node, blame_provider
from trigate.llm.provider_error import tell_error
from trigate.llm.reply import (
    Begin,
    ChoiceEnd,
    Cite,
    Count,
    Delta,
    End,
    Event,
    Failure,
    PartBegin,
    PartEnd,
    Signature,
)
from trigate.llm.signature import read_carried


class CohereStreamReader:
    """Parts follow one another; sources may come after the end of the text that they belong to."""

    __slots__ = ("_begun", "_called", "_events", "_open", "_over", "_parts")

    def __init__(self, limit: int) -> None:
        self._events = EventReader(limit)
        self._open: Part | None = None
        self._parts = 0
        self._begun = False
        self._called = False
        self._over = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now."""
        return self._read(self._events.feed(data))

    def finish(self) -> list[Event]:
        """The bytes have ended; what completes an answer has come, or never will."""
        return self._read(self._events.finish())

    def _read(self, server_events: list[ServerEvent]) -> list[Event]:
        events: list[Event] = []
        for each in server_events:
            if self._over:
                break
            if each.data.strip() != b"[DONE]":
                self._read_event(each.data, events)
        return events

    def _read_event(self, data: bytes, events: list[Event]) -> None:
        try:
            event = decode_event(data)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UpstreamProtocolError(f"the provider sent an event that cannot be understood: {error}") from None
        if not event.type and event.message is not None:
            self._fail(tell_error({"message": event.message}).message, events)
            return
        read = _READERS.get(event.type)
        if read is None:
            return
        if not self._begun:
            self._begun = True
            events.append(Begin(id=event.id or ""))
        read(self, event, event.delta or EventDelta(), events)

    def begin(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """The first event, which has been told of."""

    def begin_content(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """A text or a thought; some say their first words with it."""
        content = _content(delta)
        kind = content.type or ("thinking" if content.thinking is not None else "text")
        self._begin(Thought() if kind == "thinking" else Text(text=""), events)
        self._say(content, None, events)

    def add_content(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """More of it."""
        content = _content(delta)
        wanted = Thought if content.thinking is not None or content.signature else Text
        if not isinstance(self._open, wanted):
            self._begin(Thought() if wanted is Thought else Text(text=""), events)
        logprobs = read_logprobs([event.logprobs]) if event.logprobs is not None else None
        self._say(content, logprobs, events)

    def _say(self, content: Content, logprobs: Any, events: list[Event]) -> None:
        text = content.thinking or content.text
        if text or logprobs is not None:
            events.append(Delta(index=self._parts - 1, text=text or "", logprobs=logprobs))
        if content.signature:
            signature, maker = read_carried(content.signature, HOME)
            events.append(Signature(index=self._parts - 1, signature=signature, maker=maker))

    def end_content(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """Sources may still follow, so the part stays open until another begins."""

    def plan(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """More of what the model says before it calls tools."""
        text = _message(delta).tool_plan
        if not text:
            return
        if not isinstance(self._open, Text) or not self._open.form.get("plan"):
            self._begin(Text(text="", form={"plan": True}), events)
        events.append(Delta(index=self._parts - 1, text=text))

    def begin_call(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """A call; some say their first arguments with it."""
        call = _call(delta)
        function = call.function
        if function is None or not function.name:
            raise UpstreamProtocolError("the provider tells of a call of a tool without the tool's name")
        signature, maker = read_carried(call.signature or "", HOME)
        self._called = True
        made = ToolCall(id=call.id or fresh_id("call_"), name=function.name, arguments="", signature=signature)
        made.maker = maker
        self._begin(made, events)
        self._argue(function.arguments, events)

    def add_call(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """More of its arguments."""
        function = _call(delta).function
        if not isinstance(self._open, ToolCall):
            raise UpstreamProtocolError("the provider tells of arguments without a call")
        self._argue(function.arguments if function is not None else None, events)

    def _argue(self, arguments: str | None, events: list[Event]) -> None:
        if arguments:
            events.append(Delta(index=self._parts - 1, text=arguments))

    def end_call(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """The call is complete."""
        if isinstance(self._open, ToolCall):
            self._close(events)

    def cite(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """Sources of the text that is open; those of plans and thoughts have no place."""
        told = _message(delta).citations
        if told is None or not isinstance(self._open, Text) or self._open.form.get("plan"):
            return
        for each in read_citation(Node(told, blame_provider)):
            events.append(Cite(index=self._parts - 1, citation=each))

    def end(self, event: StreamEvent, delta: EventDelta, events: list[Event]) -> None:
        """The answer is complete, or will never be."""
        finish = delta.finish_reason or ""
        usage = read_usage(delta)
        tally = usage.tally() if usage is not None else None
        if tally is not None:
            events.append(Count(tally=tally))
        if delta.error or finish in BROKEN:
            self._fail(delta.error or f"the provider gave up: {finish}", events, finish)
            return
        self._close(events)
        events.append(ChoiceEnd(stop=stop_of(finish, called=self._called)))
        events.append(End())
        self._over = True

    def _fail(self, message: str, events: list[Event], code: str = "") -> None:
        self._over = True
        status = 504 if code == "TIMEOUT" else 500
        events.append(Failure(message=message or "the provider gave up", code=code, status=status))

    def _begin(self, part: Part, events: list[Event]) -> None:
        self._close(events)
        self._open = part
        events.append(PartBegin(index=self._parts, part=part))
        self._parts += 1

    def _close(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append(PartEnd(index=self._parts - 1))
            self._open = None


def _message(delta: EventDelta) -> Message:
    return delta.message or Message()


def _content(delta: EventDelta) -> Content:
    content = _message(delta).content
    return content if isinstance(content, Content) else Content()


def _call(delta: EventDelta) -> Call:
    call = _message(delta).tool_calls
    return call if isinstance(call, Call) else Call()


_READERS: dict[str, Callable[[CohereStreamReader, StreamEvent, EventDelta, list[Event]], None]] = {
    "message-start": CohereStreamReader.begin,
    "content-start": CohereStreamReader.begin_content,
    "content-delta": CohereStreamReader.add_content,
    "content-end": CohereStreamReader.end_content,
    "tool-plan-delta": CohereStreamReader.plan,
    "tool-call-start": CohereStreamReader.begin_call,
    "tool-call-delta": CohereStreamReader.add_call,
    "tool-call-end": CohereStreamReader.end_call,
    "citation-start": CohereStreamReader.cite,
    "message-end": CohereStreamReader.end,
}
