"""Events for a caller, written as a stream."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trigate.llm.conversation import Conversation, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.document import write_citation
from trigate.llm.dialects.cohere_chat.logprob import write_logprobs
from trigate.llm.dialects.cohere_chat.part_writer import call_object
from trigate.llm.dialects.cohere_chat.tally import write_usage
from trigate.llm.dialects.cohere_chat.word import FINISHES, HOME
from trigate.llm.event_stream import write_event
from trigate.llm.fresh import fresh_id
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
    Tally,
)
from trigate.llm.signature import carry

_encode = msgspec.json.Encoder().encode
DONE = b"data: [DONE]\n\n"


class _Told:
    """A part that has begun."""

    __slots__ = ("part", "place", "text")

    def __init__(self, part: Part, place: int) -> None:
        self.part = part
        self.place = place
        """Among the content, or among the calls."""
        self.text = ""


class CohereStreamWriter:
    """For one stream; of several answers, the first alone is told."""

    __slots__ = ("_calls", "_citations", "_contents", "_finish", "_id", "_parts", "_tally")

    def __init__(self, conversation: Conversation) -> None:
        self._id = ""
        self._parts: dict[int, _Told] = {}
        self._contents = 0
        self._calls = 0
        self._citations = 0
        self._finish = "COMPLETE"
        self._tally: Tally | None = None

    def write(self, events: Sequence[Event]) -> bytes:
        """The bytes for some events."""
        written = [
            _WRITERS[type(event)](self, event)
            for event in events
            if type(event) in _WRITERS and not getattr(event, "choice", 0)
        ]
        return b"".join(written)

    def begin(self, event: Begin) -> bytes:
        """The first event."""
        self._id = event.id or fresh_id("")
        self._tally = event.tally
        message: dict[str, Any] = {"role": "assistant", "content": [], "tool_plan": ""}
        message.update({"tool_calls": [], "citations": []})
        return _tell("message-start", {"id": self._id, "delta": {"message": message}})

    def begin_part(self, event: PartBegin) -> bytes:
        """A text, a thought or a call; nothing else has a form here."""
        part = event.part
        if isinstance(part, ToolCall):
            told = self._parts[event.index] = _Told(part, self._calls)
            self._calls += 1
            call = call_object(part, "")
            call["id"] = part.id or fresh_id("call_")
            return _tell("tool-call-start", _at(told.place, {"tool_calls": call}))
        if not isinstance(part, Text | Refusal | Thought):
            return b""
        if isinstance(part, Text) and part.form.get("plan"):
            self._parts[event.index] = _Told(part, 0)
            return b""
        told = self._parts[event.index] = _Told(part, self._contents)
        self._contents += 1
        return self._begin_content(part, told.place)

    def _begin_content(self, part: Part, place: int) -> bytes:
        if not isinstance(part, Thought):
            return _tell("content-start", _at(place, {"content": {"type": "text", "text": ""}}))
        content = {"type": "thinking", "thinking": ""}
        if part.redacted:
            content["signature"] = carry(part.signature, part.maker, HOME)
        return _tell("content-start", _at(place, {"content": content}))

    def say(self, event: Delta) -> bytes:
        """More of a part."""
        told = self._parts.get(event.index)
        if told is None:
            return b""
        match told.part:
            case ToolCall():
                call = {"tool_calls": {"function": {"arguments": event.text}}}
                return _tell("tool-call-delta", _at(told.place, call))
            case Thought():
                return _tell("content-delta", _at(told.place, {"content": {"thinking": event.text}}))
            case Text() if told.part.form.get("plan"):
                return _tell("tool-plan-delta", {"delta": {"message": {"tool_plan": event.text}}})
            case _:
                told.text += event.text
                return _tell("content-delta", self._text(told, event))

    def _text(self, told: _Told, event: Delta) -> dict[str, Any]:
        members = _at(told.place, {"content": {"text": event.text}})
        logprobs = write_logprobs(event.logprobs)
        if logprobs:
            values = [value for each in logprobs for value in each["logprobs"]]
            members["logprobs"] = {"text": event.text, "token_ids": [], "logprobs": values}
        return members

    def sign(self, event: Signature) -> bytes:
        """The signature of a thought or a call, for the way back."""
        told = self._parts.get(event.index)
        signature = carry(event.signature, event.maker, HOME)
        if told is not None and isinstance(told.part, Thought):
            return _tell("content-delta", _at(told.place, {"content": {"thinking": "", "signature": signature}}))
        if told is not None and isinstance(told.part, ToolCall):
            # Clients read what is said of the function, even where that is nothing.
            call = {"tool_calls": {"function": {"arguments": ""}, "signature": signature}}
            return _tell("tool-call-delta", _at(told.place, call))
        return b""

    def cite(self, event: Cite) -> bytes:
        """A source."""
        told = self._parts.get(event.index)
        if told is None or not isinstance(told.part, Text):
            return b""
        whole = event.citation.form.get("whole")
        if event.citation.form.get("follows"):
            return b""
        written = whole or write_citation(event.citation, told.text, 0, told.place)
        place = self._citations
        self._citations += 1
        start = _tell("citation-start", _at(place, {"citations": written}))
        return start + _tell("citation-end", {"index": place})

    def end_part(self, event: PartEnd) -> bytes:
        """A part is complete."""
        told = self._parts.get(event.index)
        if told is None or told.part.form.get("plan"):
            return b""
        kind = "tool-call-end" if isinstance(told.part, ToolCall) else "content-end"
        return _tell(kind, {"index": told.place})

    def end_choice(self, event: ChoiceEnd) -> bytes:
        """Told at the end."""
        self._finish = FINISHES[event.stop]
        return b""

    def count(self, event: Count) -> bytes:
        """Told at the end."""
        self._tally = event.tally
        return b""

    def fail(self, event: Failure) -> bytes:
        """The event that ends the stream."""
        return fail(self._id, event.message)

    def end(self, _event: End) -> bytes:
        """Why it ended, and what it used up."""
        delta: dict[str, Any] = {"finish_reason": self._finish}
        if self._tally is not None:
            delta["usage"] = write_usage(self._tally)
        return _tell("message-end", {"id": self._id, "delta": delta}) + DONE


def fail(identifier: str, message: str) -> bytes:
    """The event that ends a stream whose answer will never be complete."""
    members: dict[str, Any] = {"id": identifier} if identifier else {}
    return _tell("message-end", {**members, "delta": {"finish_reason": "ERROR", "error": message}})


def _at(place: int, message: dict[str, Any]) -> dict[str, Any]:
    return {"index": place, "delta": {"message": message}}


def _tell(kind: str, members: dict[str, Any]) -> bytes:
    return write_event(_encode({"type": kind, **members}), kind)


_WRITERS: dict[type[Event], Callable[[CohereStreamWriter, Any], bytes]] = {
    Begin: CohereStreamWriter.begin,
    PartBegin: CohereStreamWriter.begin_part,
    Delta: CohereStreamWriter.say,
    Signature: CohereStreamWriter.sign,
    Cite: CohereStreamWriter.cite,
    PartEnd: CohereStreamWriter.end_part,
    ChoiceEnd: CohereStreamWriter.end_choice,
    Count: CohereStreamWriter.count,
    Failure: CohereStreamWriter.fail,
    End: CohereStreamWriter.end,
}
