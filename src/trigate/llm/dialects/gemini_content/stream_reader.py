"""Gemini's stream (`alt=sse`), read into events: each of its pieces is an answer that has only what is new."""

from typing import Any, cast

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Part, Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.ground import read_grounding, read_recitation
from trigate.llm.dialects.gemini_content.logprob import read_logprobs
from trigate.llm.dialects.gemini_content.part_reader import SIGNATURE, Calls, read_part
from trigate.llm.dialects.gemini_content.reply_reader import open_part
from trigate.llm.dialects.gemini_content.seal import unseal
from trigate.llm.dialects.gemini_content.spelling import read_node
from trigate.llm.dialects.gemini_content.stop import read_stop
from trigate.llm.dialects.gemini_content.tally import count_searches, read_tally
from trigate.llm.event_stream import EventReader
from trigate.llm.fresh import fresh_id
from trigate.llm.node import blame_provider
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
from trigate.llm.told import told


class _Content(Struct):
    parts: list[dict[str, Any]] | None = None


class _Candidate(Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None
    index: int | None = None
    grounding_metadata: Any = None
    citation_metadata: Any = None
    logprobs_result: Any = None


class _Error(Struct):
    code: int | None = None
    message: str | None = None
    status: str | None = None


class _Chunk(Struct, rename="camel"):
    candidates: list[_Candidate] | None = None
    usage_metadata: Any = None
    prompt_feedback: dict[str, Any] | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class _Choice:
    """One answer while it comes."""

    __slots__ = (
        "_called",
        "_calls",
        "_events",
        "_grounding",
        "_index",
        "_open",
        "_recited",
        "_said",
        "_seal",
        "number",
        "reason",
    )

    def __init__(self, number: int, events: list[Event]) -> None:
        self.number = number
        self.reason = ""
        self._events = events
        self._calls = Calls()
        self._called = False
        self._index = -1
        self._open: type[Part] | None = None
        self._said: list[str] = []
        """Of the text that is open."""
        self._seal = ""
        """What the text that is open is signed with."""
        self._grounding: Any = None
        self._recited: Any = None

    def take(self, candidate: _Candidate) -> None:
        """What is new."""
        logprobs = _logprobs(candidate.logprobs_result)
        for part in candidate.content.parts or () if candidate.content is not None else ():
            text = part.get("text")
            if type(text) is str:
                self._speak(part, text, logprobs)
                logprobs = None
            else:
                self._show(part)
        self.reason = candidate.finish_reason or self.reason
        self._grounding = candidate.grounding_metadata or self._grounding
        self._recited = candidate.citation_metadata or self._recited

    def queries(self) -> int:
        """Searches of the web that it rests on."""
        found = told(self._grounding, "webSearchQueries") if self._grounding is not None else None
        return len(cast("list[Any]", found)) if isinstance(found, list) else 0

    def _speak(self, part: dict[str, Any], text: str, logprobs: Any) -> None:
        """A piece of a text or of a thought."""
        kind = Thought if part.get("thought") is True else Text
        signature = part.get(SIGNATURE)
        if text and (self._open is not kind or self._seal):
            self._begin(kind(text=""))
        if text:
            if kind is Text:
                self._said.append(text)
            self._events.append(Delta(index=self._index, text=text, choice=self.number, logprobs=logprobs))
        if type(signature) is str and signature:
            self._sign(kind, signature)

    def _sign(self, kind: type[Thought] | type[Text], signature: str) -> None:
        if kind is Text and self._open is Text and not self._seal:
            self._seal = signature
        elif kind is Thought and self._open is Thought:
            plain, maker, _ = unseal(signature)
            self._events.append(Signature(index=self._index, signature=plain, maker=maker, choice=self.number))
        else:
            self._seal_alone(signature)

    def _seal_alone(self, signature: str) -> None:
        """A signature of nothing that was seen."""
        plain, maker, _ = unseal(signature)
        self._begin(Thought(signature=plain, maker=maker, redacted=True))
        self._end()

    def _show(self, part: dict[str, Any]) -> None:
        """A part that comes whole."""
        for each in open_part(read_part(read_node(part, blame_provider), blame_provider, self._calls)):
            arguments = ""
            if isinstance(each, ToolCall):
                self._called = True
                arguments, each.arguments = each.arguments, ""
            self._begin(each)
            if arguments:
                self._events.append(Delta(index=self._index, text=arguments, choice=self.number))
            self._end()

    def _begin(self, part: Part) -> None:
        self._end()
        self._index += 1
        self._open = type(part)
        self._events.append(PartBegin(index=self._index, part=part, choice=self.number))

    def _end(self) -> None:
        if self._open is None:
            return
        self._open = None
        self._said = []
        self._events.append(PartEnd(index=self._index, choice=self.number))
        if self._seal:
            seal, self._seal = self._seal, ""
            self._seal_alone(seal)

    def finish(self) -> None:
        """Nothing more comes."""
        if self._open is Text:
            self._cite()
        self._end()
        if self.reason:
            stop = read_stop(self.reason, called=self._called)
            self._events.append(ChoiceEnd(stop=stop, choice=self.number))

    def _cite(self) -> None:
        """Tell the sources, which the provider counts from the first character of the answer's text."""
        found = read_recitation(self._recited) if self._recited is not None else []
        if self._grounding is not None:
            texts = {self._index: "".join(self._said)}
            found += [each for _, each in read_grounding(self._grounding).citations(texts)]
        self._events += [Cite(index=self._index, citation=each, choice=self.number) for each in found]


class GeminiReader:
    """Of one stream. Nothing but the end of the bytes says that it is complete, and then only if each answer is."""

    __slots__ = ("_begun", "_blocked", "_choices", "_events", "_failed", "_model", "_pieces", "_usage")

    def __init__(self, limit: int) -> None:
        self._pieces = EventReader(limit)
        self._events: list[Event] = []
        self._choices: dict[int, _Choice] = {}
        self._usage: Any = None
        self._model = ""
        self._begun = self._blocked = self._failed = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; raises UpstreamProtocolError."""
        for event in self._pieces.feed(data):
            self._take(event.data)
        return self._drain()

    def finish(self) -> list[Event]:
        """What is still to be said; with `End` if every answer has ended."""
        for event in self._pieces.finish():
            self._take(event.data)
        if self._failed or not self._begun:
            return self._drain()
        complete = bool(self._choices) and all(each.reason for each in self._choices.values())
        if not complete and not (self._blocked and not self._choices):
            return self._drain()
        for each in self._choices.values():
            each.finish()
        if not self._choices:
            self._events.append(ChoiceEnd(stop="filter"))
        tally = self._tally()
        if tally is not None:
            self._events.append(Count(tally=tally))
        self._events.append(End())
        return self._drain()

    def _drain(self) -> list[Event]:
        found = self._events[:]
        self._events.clear()
        return found

    def _take(self, data: bytes) -> None:
        if self._failed or data == b"[DONE]":
            return
        chunk = _read(data)
        if chunk.error is not None:
            self._fail(chunk.error)
            return
        self._usage = chunk.usage_metadata or self._usage
        if not self._begun:
            self._begin(chunk)
        self._blocked = self._blocked or bool(chunk.prompt_feedback)
        for place, candidate in enumerate(chunk.candidates or ()):
            number = place if candidate.index is None else candidate.index
            if number not in self._choices:
                self._choices[number] = _Choice(number, self._events)
            self._choices[number].take(candidate)

    def _begin(self, chunk: _Chunk) -> None:
        self._begun = True
        self._model = chunk.model_version or ""
        identifier = chunk.response_id or fresh_id("resp_")
        self._events.append(Begin(id=identifier, model=chunk.model_version or "", tally=self._tally()))

    def _tally(self) -> Tally | None:
        tally = read_tally(self._usage) if self._usage is not None else None
        queries = sum(each.queries() for each in self._choices.values())
        return count_searches(tally, queries, self._model) if tally is not None and queries else tally

    def _fail(self, error: _Error) -> None:
        self._failed = True
        status = error.code if error.code is not None and 400 <= error.code < 600 else 500
        self._events.append(
            Failure(message=error.message or "the provider failed", code=error.status or "", status=status)
        )


def _read(data: bytes) -> _Chunk:
    try:
        return _decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError("the provider's stream cannot be understood") from error


def _logprobs(result: Any) -> Any:
    return read_logprobs(result) if result is not None else None
