"""Events in Gemini's words, for its callers: server-sent events, or one JSON array if they asked for no `alt=sse`."""

from collections.abc import Sequence

import msgspec

from trigate.llm.conversation import Citation, Conversation, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.gemini_content.failure import error_body
from trigate.llm.dialects.gemini_content.ground import GROUNDING, write_grounding
from trigate.llm.dialects.gemini_content.logprob import write_logprobs
from trigate.llm.dialects.gemini_content.part_reader import NAME, SIGNATURE
from trigate.llm.dialects.gemini_content.part_writer import PartWriter, Written
from trigate.llm.dialects.gemini_content.seal import seal
from trigate.llm.dialects.gemini_content.stop import write_stop
from trigate.llm.dialects.gemini_content.tally import write_tally
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
    Tally,
)

ARRAY = "alt"
"""In the form of a conversation: `json` if its stream is to be an array."""
_encode = msgspec.json.encode
_Place = tuple[int, int]


def stream_as_array(conversation: Conversation) -> None:
    """The caller's address has no `alt=sse`."""
    conversation.form[ARRAY] = "json"


class _Open:
    """A part that is being told."""

    __slots__ = ("citations", "part", "pieces", "signature")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.pieces: list[str] = []
        self.citations: list[Citation] = []
        self.signature = ""


class GeminiWriter:
    """Of one stream."""

    __slots__ = (
        "_array",
        "_begun",
        "_ends",
        "_grounded",
        "_id",
        "_model",
        "_open",
        "_parts",
        "_tail",
        "_tally",
        "_told",
    )

    def __init__(self, conversation: Conversation) -> None:
        self._array = conversation.form.get(ARRAY) == "json"
        self._model = conversation.model
        self._id = ""
        self._tail = b""
        self._begun = False
        self._parts = PartWriter(NAME, Losses(), seals=True)
        self._open: dict[_Place, _Open] = {}
        self._told: dict[int, list[Part]] = {}
        """The texts of each choice that have ended."""
        self._ends: dict[int, str] = {}
        self._tally: Tally | None = None

    def write(self, events: Sequence[Event]) -> bytes:
        """What the caller gets for some events."""
        return b"".join([self._write(each) for each in events])

    def _write(self, event: Event) -> bytes:
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, PartBegin):
            return self._part_begin(event)
        if isinstance(event, PartEnd):
            return self._part_end(event)
        return self._write_rare(event)

    def _write_rare(self, event: Event) -> bytes:
        if isinstance(event, Begin):
            self._id, self._model = event.id, event.model or self._model
            self._tally = event.tally
        elif isinstance(event, Count):
            self._tally = event.tally
        elif isinstance(event, ChoiceEnd):
            self._ends[event.choice] = write_stop(event.stop)
        elif isinstance(event, Signature | Cite):
            self._annotate(event)
        elif isinstance(event, Failure):
            return self._frame(error_body(event.message, event.status, event.code), last=True)
        elif isinstance(event, End):
            return self._end()
        return b""

    def _delta(self, event: Delta) -> bytes:
        opened = self._open.get((event.choice, event.index))
        if opened is None:
            return b""
        opened.pieces.append(event.text)
        if isinstance(opened.part, ToolCall) or not event.text:
            return b""
        head = b'{"candidates":[{"content":{"parts":[{"text":'
        thought = b',"thought":true' if isinstance(opened.part, Thought) else b""
        rest = b""
        if event.logprobs is not None:
            rest = b',"logprobsResult":' + _encode(write_logprobs(event.logprobs))
        body = b'%b%b%b}],"role":"model"},"index":%d%b}]%b' % (
            head,
            _encode(event.text),
            thought,
            event.choice,
            rest,
            self._closing(),
        )
        return self._frame(body)

    def _closing(self) -> bytes:
        """What all pieces end with."""
        if not self._tail:
            self._id = self._id or fresh_id("resp_")
            self._tail = b',"modelVersion":%b,"responseId":%b}' % (_encode(self._model), _encode(self._id))
        return self._tail

    def _part_begin(self, event: PartBegin) -> bytes:
        opened = self._open[event.choice, event.index] = _Open(event.part)
        part = event.part
        if isinstance(part, Thought | ToolCall):
            opened.signature = seal(part.signature, part.maker, redacted=isinstance(part, Thought) and part.redacted)
        if isinstance(part, Text | Refusal | Thought | ToolCall):
            return b""
        written = self._parts.write(part)
        return self._say(event.choice, written) if written is not None else b""

    def _annotate(self, event: Signature | Cite) -> None:
        opened = self._open.get((event.choice, event.index))
        if opened is None:
            return
        if isinstance(event, Cite):
            opened.citations.append(event.citation)
        else:
            redacted = isinstance(opened.part, Thought) and opened.part.redacted
            opened.signature = seal(event.signature, event.maker, redacted=redacted)

    def _part_end(self, event: PartEnd) -> bytes:
        opened = self._open.pop((event.choice, event.index), None)
        if opened is None:
            return b""
        part = opened.part
        if isinstance(part, ToolCall):
            return self._say(event.choice, self._call(part, opened))
        if isinstance(part, Thought) and opened.signature:
            plain = part.redacted and opened.signature == part.signature
            written: Written = {"text": ""} if plain else {"text": "", "thought": True}
            return self._say(event.choice, written | {SIGNATURE: opened.signature})
        if isinstance(part, Text):
            text = "".join(opened.pieces) if opened.citations else ""
            self._told.setdefault(event.choice, []).append(Text(text=text, citations=opened.citations))
        return b""

    def _call(self, part: ToolCall, opened: _Open) -> Written:
        part = ToolCall(
            id=part.id, name=part.name, arguments="".join(opened.pieces) or part.arguments, custom=part.custom
        )
        written = self._parts.write(part) or {}
        return written | {SIGNATURE: opened.signature} if opened.signature else written

    def _say(self, choice: int, part: Written) -> bytes:
        content = {"parts": [part], "role": "model"}
        return self._frame(_encode({"candidates": [{"content": content, "index": choice}]})[:-1] + self._closing())

    def _end(self) -> bytes:
        candidates: list[Written] = []
        for choice, reason in sorted(self._ends.items()):
            content = {"parts": [{"text": ""}], "role": "model"}
            candidate: Written = {"content": content, "finishReason": reason, "index": choice}
            grounding = write_grounding(self._told.get(choice, []))
            candidates.append(candidate | ({GROUNDING: grounding} if grounding else {}))
        body: Written = {"candidates": candidates}
        if self._tally is not None:
            body["usageMetadata"] = write_tally(self._tally)
        return self._frame(_encode(body)[:-1] + self._closing(), last=True)

    def _frame(self, body: bytes, *, last: bool = False) -> bytes:
        if not self._array:
            return b"data: %b\n\n" % body
        begin = b",\r\n" if self._begun else b"["
        self._begun = True
        return begin + body + (b"]" if last else b"")
