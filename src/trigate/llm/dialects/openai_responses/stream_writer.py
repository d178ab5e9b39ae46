"""Events of an answer, told to a caller as Responses streams them."""

from collections.abc import Callable, Sequence
from typing import Any

from trigate.core.clock import clock
from trigate.llm.conversation import Audio, Conversation, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_responses.failure import error_event, failed_response
from trigate.llm.dialects.openai_responses.item_writer import signed_call
from trigate.llm.dialects.openai_responses.namespace import grouped_names
from trigate.llm.dialects.openai_responses.output_writer import OutputWriter, custom_tools, unwrap
from trigate.llm.dialects.openai_responses.pen import Pen
from trigate.llm.dialects.openai_responses.response import echo, end_response, start_response
from trigate.llm.dialects.openai_responses.stream_item import (
    OpenCall,
    OpenMessage,
    OpenPiece,
    OpenReasoning,
    belongs,
)
from trigate.llm.dialects.openai_responses.thought import MAKER
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
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
    Stop,
    Tally,
)


class PendingCall:
    """A call that is not announced yet: what signs it has to stand before it, and a plain text has to be unwrapped."""

    __slots__ = ("call", "open", "said", "wrapped")

    def __init__(self, call: ToolCall, *, wrapped: bool) -> None:
        self.call = call
        self.wrapped = wrapped
        self.said: list[str] = []
        self.open: OpenCall | None = None


class PendingThought:
    """A thought that is not announced before it says anything."""

    __slots__ = ("begun", "thought")

    def __init__(self, thought: Thought) -> None:
        self.thought = thought
        self.begun: OpenReasoning | None = None


class ResponsesWriter:
    """Writes one stream. Responses are one answer: others than the first are left out."""

    __slots__ = (
        "_ask",
        "_custom",
        "_groups",
        "_items",
        "_message",
        "_parts",
        "_pen",
        "_reasoning",
        "_response",
        "_stop",
        "_tally",
    )

    def __init__(self, conversation: Conversation) -> None:
        self._ask = conversation
        self._custom = custom_tools(conversation)
        self._groups = grouped_names(conversation)
        self._pen = Pen()
        self._response: dict[str, Any] = {}
        self._items: list[dict[str, Any]] = []
        self._parts: dict[int, OpenPiece | PendingThought | PendingCall] = {}
        self._message: OpenMessage | None = None
        self._reasoning: OpenReasoning | None = None
        self._stop: Stop = "end"
        self._tally: Tally | None = None

    def write(self, events: Sequence[Event]) -> bytes:
        """The bytes for some events."""
        for event in events:
            writer = _WRITERS.get(type(event))
            if writer is not None and not getattr(event, "choice", 0):
                writer(self, event)
        return self._pen.take()

    def _begin(self, event: Begin) -> None:
        if self._response:
            return
        self._response = start_response(event.id, event.model or self._ask.model, event.created) | echo(self._ask)
        self._pen.write("response.created", {"response": self._response})
        self._pen.write("response.in_progress", {"response": self._response})

    def _part_begin(self, event: PartBegin) -> None:
        part = event.part
        if not self._response:
            self._begin(Begin())
        if isinstance(part, Text | Refusal):
            self._end_reasoning()
            piece = self._parts[event.index] = OpenPiece(self._current(), refusal=isinstance(part, Refusal))
            if part.text:
                piece.say(part.text, None)
        elif isinstance(part, Thought):
            self._parts[event.index] = PendingThought(part)
        elif isinstance(part, ToolCall):
            self._begin_call(event.index, part)
        else:
            self._whole(part)

    def _current(self) -> OpenMessage:
        """The message that a piece belongs to."""
        if self._message is None:
            self._message = OpenMessage(self._pen, len(self._items))
            self._items.append(self._message.item)
        return self._message

    def _begin_call(self, index: int, call: ToolCall) -> None:
        self._end_message()
        self._end_reasoning()
        wrapped = call.name in self._custom and not call.custom
        pending = self._parts[index] = PendingCall(call, wrapped=wrapped)
        if call.arguments not in ("", "{}"):
            self._more(pending, call.arguments)

    def _whole(self, part: Part) -> None:
        """A part that is told at once."""
        self._end_reasoning()
        if not isinstance(part, Audio):
            self._end_message()
        if isinstance(part, Audio):
            self._speak(part)
        else:
            for item in OutputWriter(self._ask, Losses(), home=False).write([part]):
                self._add(item)

    def _speak(self, part: Audio) -> None:
        """What the model spoke, as a text."""
        if part.transcript:
            piece = OpenPiece(self._current(), refusal=False)
            piece.say(part.transcript, None)
            piece.finish()

    def _add(self, item: dict[str, Any]) -> None:
        place = {"output_index": len(self._items), "item": item}
        self._pen.write("response.output_item.added", place)
        self._pen.write("response.output_item.done", place)
        self._items.append(item)

    def _delta(self, event: Delta) -> None:
        part = self._parts.get(event.index)
        if isinstance(part, OpenPiece):
            part.say(event.text, event.logprobs)
        elif isinstance(part, PendingThought):
            if event.text:
                self._think(part).say(event.text)
        elif part is not None:
            self._more(part, event.text)

    def _more(self, call: PendingCall, text: str) -> None:
        if call.wrapped:
            call.said.append(text)
        elif text:
            self._announce(call).say(text)

    def _announce(self, call: PendingCall) -> OpenCall:
        if call.open is None:
            if call.call.signature:
                self._add(signed_call(call.call, fresh_id("rs_")))
            custom = call.call.custom or call.wrapped
            names = self._groups.get(call.call.name, {})
            call.open = OpenCall(self._pen, len(self._items), call.call, names, custom=custom)
            self._items.append(call.open.item)
        return call.open

    def _think(self, pending: PendingThought) -> OpenReasoning:
        """The item of a thought that says something, announced."""
        if pending.begun is None or pending.begun is not self._reasoning:
            pending.begun = self._reasoning_of(pending.thought)
            pending.begun.end()
        if not pending.begun.opened:
            pending.begun.begin(summarised=pending.thought.summarised or pending.thought.maker != MAKER)
        return pending.begun

    def _reasoning_of(self, thought: Thought) -> OpenReasoning:
        if self._reasoning is not None and belongs(self._reasoning, thought):
            return self._reasoning
        self._end_message()
        self._end_reasoning()
        self._reasoning = OpenReasoning(self._pen, len(self._items), thought.id or fresh_id("rs_"))
        self._items.append(self._reasoning.item)
        return self._reasoning

    def _signature(self, event: Signature) -> None:
        part = self._parts.get(event.index)
        if isinstance(part, PendingThought):
            self._sign(part, event.signature, event.maker)
        elif isinstance(part, PendingCall) and part.open is None:
            part.call.signature, part.call.maker = event.signature, event.maker

    def _cite(self, event: Cite) -> None:
        part = self._parts.get(event.index)
        if isinstance(part, OpenPiece):
            part.cite(event.citation)

    def _part_end(self, event: PartEnd) -> None:
        part = self._parts.pop(event.index, None)
        if isinstance(part, OpenPiece):
            part.finish()
            part.message.settle()
        elif isinstance(part, PendingThought):
            self._end_thought(part)
        elif part is not None:
            self._end_call(part)

    def _sign(self, pending: PendingThought, signature: str, maker: str) -> None:
        if pending.begun is None or pending.begun is not self._reasoning:
            pending.begun = self._reasoning_of(pending.thought)
        pending.begun.sign(signature, maker)

    def _end_thought(self, pending: PendingThought) -> None:
        thought = pending.thought
        if pending.begun is None and thought.text:
            self._think(pending).say(thought.text)
        if thought.signature:
            self._sign(pending, thought.signature, thought.maker)
        if pending.begun is not None and pending.begun is self._reasoning:
            pending.begun.end()

    def _end_call(self, call: PendingCall) -> None:
        item = self._announce(call)
        if call.said and (text := unwrap("".join(call.said))):
            item.say(text)
        item.finish()

    def _end_message(self) -> None:
        """No further piece belongs to the message; it is complete when all of its pieces are."""
        if self._message is not None:
            self._message.last = True
            self._message.settle()
            self._message = None

    def _end_reasoning(self) -> None:
        if self._reasoning is not None:
            self._reasoning.end()
            self._reasoning.finish()
            self._reasoning = None

    def _choice_end(self, event: ChoiceEnd) -> None:
        for index in list(self._parts):
            self._part_end(PartEnd(index=index))
        self._end_reasoning()
        self._end_message()
        self._stop = event.stop

    def _count(self, event: Count) -> None:
        self._tally = event.tally

    def _end(self, event: End) -> None:
        if not self._response:
            self._begin(Begin())
        end_response(self._response, self._items, self._stop, self._tally)
        self._response["completed_at"] = clock.wall_ns() // 10**9
        self._pen.write(f"response.{self._response['status']}", {"response": self._response})

    def _failure(self, event: Failure) -> None:
        if not self._response:
            self._begin(Begin())
        self._pen.write("error", error_event(event.message, event.code, event.status))
        failed = failed_response(self._response | {"output": self._items}, event.message, event.code, event.status)
        self._pen.write("response.failed", {"response": failed})


_WRITERS: dict[type[Event], Callable[[ResponsesWriter, Any], None]] = {
    Begin: ResponsesWriter._begin,  # pyright: ignore[reportPrivateUsage]
    PartBegin: ResponsesWriter._part_begin,  # pyright: ignore[reportPrivateUsage]
    Delta: ResponsesWriter._delta,  # pyright: ignore[reportPrivateUsage]
    Signature: ResponsesWriter._signature,  # pyright: ignore[reportPrivateUsage]
    Cite: ResponsesWriter._cite,  # pyright: ignore[reportPrivateUsage]
    PartEnd: ResponsesWriter._part_end,  # pyright: ignore[reportPrivateUsage]
    ChoiceEnd: ResponsesWriter._choice_end,  # pyright: ignore[reportPrivateUsage]
    Count: ResponsesWriter._count,  # pyright: ignore[reportPrivateUsage]
    End: ResponsesWriter._end,  # pyright: ignore[reportPrivateUsage]
    Failure: ResponsesWriter._failure,  # pyright: ignore[reportPrivateUsage]
}
