"""Events for a caller, written as a stream of chunks."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trigate.llm.conversation import Audio, Conversation, Image, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.call_writer import call_object, plain_tools, signed, unwrap
from trigate.llm.dialects.openai_chat.citation import write_annotation
from trigate.llm.dialects.openai_chat.part_writer import data_url
from trigate.llm.dialects.openai_chat.reply_writer import is_legacy, now
from trigate.llm.dialects.openai_chat.tally import write_tier, write_usage
from trigate.llm.dialects.openai_chat.thought import ENCRYPTED, Detail, format_of
from trigate.llm.dialects.openai_chat.thought_writer import call_detail
from trigate.llm.dialects.openai_chat.word import FINISHES
from trigate.llm.envelope import envelope
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

_encode = msgspec.json.Encoder().encode
DONE = b"data: [DONE]\n\n"


class _Told:
    """What of one choice was told."""

    __slots__ = ("calls", "details", "parts", "refused", "spoken", "starts", "thoughts", "wrapped")

    def __init__(self) -> None:
        self.parts: dict[int, Part] = {}
        self.calls: dict[int, int] = {}
        """Running number of each call, by its part's."""
        self.thoughts: dict[int, int] = {}
        """Of each thought among the details, by its part's."""
        self.details = 0
        self.starts: dict[int, int] = {}
        """Where each text begins."""
        self.spoken = 0
        """Characters of text so far."""
        self.wrapped: dict[int, list[str]] = {}
        """Arguments of functions that stand for the caller's plain tools, held until they are complete."""
        self.refused = False


class ChatStreamWriter:
    """For one stream."""

    __slots__ = ("_choices", "_conversation", "_head", "_legacy", "_plain", "_tally")

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._legacy = is_legacy(conversation)
        self._plain = plain_tools(conversation)
        self._choices: dict[int, _Told] = {}
        self._head = b""
        self._tally: Tally | None = None

    def write(self, events: Sequence[Event]) -> bytes:
        """The bytes for some events."""
        return b"".join([_WRITERS[type(event)](self, event) for event in events if type(event) in _WRITERS])

    def begin(self, event: Begin) -> bytes:
        """What every chunk has, then the first."""
        members = {
            "id": event.id or fresh_id("chatcmpl-"),
            "object": "chat.completion.chunk",
            "created": event.created or now(),
            "model": event.model or self._conversation.model,
        }
        self._head = b"data: " + _encode(members)[:-1]
        self._tally = event.tally
        return self._introduce(0)

    def _introduce(self, choice: int) -> bytes:
        self._choices[choice] = _Told()
        return self._chunk(choice, {"role": "assistant", "content": ""})

    def _chunk(self, choice: int, delta: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> bytes:
        written = {"index": choice, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return b'%b,"choices":[%b]}\n\n' % (self._head, _encode(written))

    def begin_part(self, event: PartBegin) -> bytes:
        """Calls are told at once, texts as soon as they have words."""
        first = b"" if event.choice in self._choices else self._introduce(event.choice)
        told = self._choices[event.choice]
        told.parts[event.index] = part = event.part
        delta = self._opened(part, event.index, told)
        return first + self._chunk(event.choice, delta) if delta else first

    def _opened(self, part: Part, index: int, told: _Told) -> dict[str, Any] | None:
        match part:
            case Text():
                told.starts[index] = told.spoken
            case Thought():
                told.thoughts[index] = told.details
                told.details += 1
                return {"reasoning_details": [_redacted(part, told.thoughts[index])]} if part.redacted else None
            case ToolCall():
                return self._open_call(part, index, told)
            case Image():
                url = data_url(part.media, "image/png")
                return {"images": [{"type": "image_url", "image_url": {"url": url}}]}
            case Audio():
                return {"audio": _audio(part)}
            case _:
                pass
        return None

    def _open_call(self, call: ToolCall, index: int, told: _Told) -> dict[str, Any] | None:
        if self._legacy and (told.calls or call.custom):
            return None
        told.calls[index] = len(told.calls)
        if self._legacy:
            return {"function_call": {"name": call.name, "arguments": ""}}
        call.id = call.id or fresh_id("call_")
        if call.name in self._plain and not call.custom:
            call.custom = True
            told.wrapped[index] = []
        delta = {"tool_calls": [{"index": told.calls[index], **call_object(call, call.id, "")}]}
        return self._sign_call(delta, call, call.signature, call.maker, told) if call.signature else delta

    def _sign_call(
        self, delta: dict[str, Any], call: ToolCall, signature: str, maker: str, told: _Told
    ) -> dict[str, Any]:
        delta["tool_calls"][0]["extra_content"] = signed(signature, maker)
        delta["reasoning_details"] = [call_detail(call.id, signature, maker, told.details)]
        told.details += 1
        return delta

    def say(self, event: Delta) -> bytes:
        """More of a part."""
        told = self._choices[event.choice]
        part = told.parts[event.index]
        if type(part) is Text:
            told.spoken += len(event.text)
            return self._chunk(event.choice, {"content": event.text}, event.logprobs)
        delta = self._more(part, event, told)
        return self._chunk(event.choice, delta, event.logprobs) if delta else b""

    def _more(self, part: Part, event: Delta, told: _Told) -> dict[str, Any] | None:
        match part:
            case Thought():
                item = _detail(part, told.thoughts[event.index], event.text)
                return {"reasoning_content": event.text, "reasoning_details": [item]}
            case Refusal():
                told.refused = True
                return {"refusal": event.text}
            case ToolCall() if event.index in told.wrapped:
                told.wrapped[event.index].append(event.text)
                return None
            case ToolCall() if event.index in told.calls:
                if self._legacy:
                    return {"function_call": {"arguments": event.text}}
                inner = {"custom": {"input": event.text}} if part.custom else {"function": {"arguments": event.text}}
                return {"tool_calls": [{"index": told.calls[event.index], **inner}]}
            case _:
                return None

    def end_part(self, event: PartEnd) -> bytes:
        """Parts need no end here, but what was held can now be told."""
        told = self._choices[event.choice]
        pieces = told.wrapped.pop(event.index, None)
        if not pieces:
            return b""
        call = {"index": told.calls[event.index], "custom": {"input": unwrap("".join(pieces))}}
        return self._chunk(event.choice, {"tool_calls": [call]})

    def sign(self, event: Signature) -> bytes:
        """The signature of a part."""
        told = self._choices[event.choice]
        part = told.parts[event.index]
        if isinstance(part, Thought):
            item = _signed(part, event, told.thoughts[event.index])
            return self._chunk(event.choice, {"reasoning_details": [item]})
        if isinstance(part, ToolCall) and event.index in told.calls and not self._legacy:
            # Clients read what is said of the function, even where that is nothing.
            nothing = {"custom": {"input": ""}} if part.custom else {"function": {"arguments": ""}}
            delta: dict[str, Any] = {"tool_calls": [{"index": told.calls[event.index], **nothing}]}
            return self._chunk(event.choice, self._sign_call(delta, part, event.signature, event.maker, told))
        return b""

    def cite(self, event: Cite) -> bytes:
        """A source; one without an address has no form here."""
        told = self._choices[event.choice]
        start = told.starts.get(event.index, 0)
        written = write_annotation(event.citation, start, told.spoken - start)
        return self._chunk(event.choice, {"annotations": [written]}) if written else b""

    def end_choice(self, event: ChoiceEnd) -> bytes:
        """One answer is complete."""
        first = b"" if event.choice in self._choices else self._introduce(event.choice)
        told = self._choices[event.choice]
        finish = FINISHES[event.stop]
        if event.stop == "refusal" and told.refused:
            finish = "stop"
        elif event.stop == "tool" and self._legacy and told.calls:
            finish = "function_call"
        return first + self._chunk(event.choice, {}, finish=finish)

    def count(self, event: Count) -> bytes:
        """Told at the end."""
        self._tally = event.tally
        return b""

    def fail(self, event: Failure) -> bytes:
        """The error that ends the stream."""
        return write_event(envelope(event.message, event.status, event.code or "upstream.failed"))

    def end(self, _event: End) -> bytes:
        """The usage for callers who asked for it, and the end."""
        if not self._conversation.counted or self._tally is None:
            return DONE
        members = {"choices": list[Any](), "usage": write_usage(self._tally), **write_tier(self._tally)}
        return b"%b,%b\n\n%b" % (self._head, _encode(members)[1:], DONE)


def _redacted(thought: Thought, index: int) -> Detail:
    item: Detail = {"type": ENCRYPTED, "data": thought.signature, **format_of(thought.maker), "index": index}
    return {**item, "id": thought.id} if thought.id else item


def _detail(thought: Thought, index: int, text: str) -> Detail:
    item: Detail = {"type": "reasoning.summary", "summary": text} if thought.summarised else {"type": "reasoning.text"}
    if not thought.summarised:
        item["text"] = text
    if thought.id:
        item["id"] = thought.id
    return {**item, **format_of(thought.maker), "index": index}


def _signed(thought: Thought, event: Signature, index: int) -> Detail:
    """An encrypted thought stands beside its summary."""
    if event.maker == "openai":
        item: Detail = {"type": ENCRYPTED, "data": event.signature}
    else:
        item = {"type": "reasoning.text", "signature": event.signature}
    if thought.id:
        item["id"] = thought.id
    return {**item, **format_of(event.maker), "index": index}


def _audio(audio: Audio) -> dict[str, Any]:
    said = {"id": audio.media.file, "data": audio.media.data, "transcript": audio.transcript}
    return {name: value for name, value in said.items() if value}


_WRITERS: dict[type[Event], Callable[[ChatStreamWriter, Any], bytes]] = {
    Begin: ChatStreamWriter.begin,
    PartBegin: ChatStreamWriter.begin_part,
    Delta: ChatStreamWriter.say,
    PartEnd: ChatStreamWriter.end_part,
    Signature: ChatStreamWriter.sign,
    Cite: ChatStreamWriter.cite,
    ChoiceEnd: ChatStreamWriter.end_choice,
    Count: ChatStreamWriter.count,
    Failure: ChatStreamWriter.fail,
    End: ChatStreamWriter.end,
}
