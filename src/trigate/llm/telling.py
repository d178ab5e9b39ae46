"""Bodies in a form that can be read and redacted: JSON as JSON, streams put together: nothing hides in pieces."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import structs

from trigate.core.errors import GatewayError
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, Event, Failure, PartBegin
from trigate.llm.transcript import Transcript

LONGEST_EVENT = 2**21
"""More than any transcript has."""
PIECE = 512
NOT_KEPT = "[a stream that cannot be put together]"
"""In its place: a secret may stand in it piece by piece, where nobody would find it."""
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
_TEXTS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_decode = msgspec.json.Decoder().decode


def told_ask(transcript: Transcript) -> Any:
    """The ask: its JSON, or as much of its text as there is."""
    return told(transcript.ask)


def told_answer(transcript: Transcript) -> Any:
    """The answer: its JSON, what a stream says when it is put together, or as much of its text as there is."""
    if transcript.streamed and transcript.dialect and transcript.status < 400:
        return _assembled(transcript.dialect, transcript.answer) or _json(transcript.answer) or NOT_KEPT
    return told(transcript.answer)


def told(body: bytes) -> Any:
    """JSON of a body; of one that is none, or was cut off, its text without JSON's escapes, behind which words hide."""
    found = _json(body)
    if found is not None:
        return found
    text = _ESCAPE.sub(_unescaped, body.decode(errors="replace"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # two escapes may make one character


def _json(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _TEXTS.get(found[2], found[2])


def _assembled(dialect: str, body: bytes) -> dict[str, Any] | None:
    """What the events of a stream say all together, as far as it goes; None if there are none."""
    reader = find_chat_dialect(dialect).stream_reader(LONGEST_EVENT)
    answer = _Answer()
    found = False
    try:
        for piece in _pieces(body):
            events = reader.feed(piece)
            found = found or bool(events)
            answer.take(events)
        answer.take(reader.finish())
    except (GatewayError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # cut off, or broken by whoever sent it: what came before counts
    return answer.tell() if found else None


def _pieces(body: bytes) -> Iterator[bytes]:
    """The body in pieces that are small beside it: what is understood before one that is broken is kept."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


class _Answer:
    """An answer that is put together."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}
        self._parts: dict[tuple[int, int], dict[str, Any]] = {}
        self._stops: dict[str, str] = {}

    def take(self, events: list[Event]) -> None:
        for event in events:
            self._take(event)

    def tell(self) -> dict[str, Any]:
        parts = [{"choice": choice, **part} for (choice, _), part in sorted(self._parts.items(), key=_place)]
        return {**self._told, "parts": [_plain(each) for each in parts], "stop": self._stops}

    def _take(self, event: Event) -> None:
        if isinstance(event, Begin | Count):
            if isinstance(event, Begin):
                self._told |= {"id": event.id, "model": event.model}
            if event.tally is not None:
                self._told["usage"] = structs.asdict(event.tally)
        elif isinstance(event, PartBegin):
            self._parts[event.choice, event.index] = _begun(event)
        elif isinstance(event, Delta):
            part = self._parts.setdefault((event.choice, event.index), {"type": "text", "text": ""})
            name = "arguments" if part["type"] == "toolcall" else "text"
            part[name] = part.get(name, "") + event.text
        elif isinstance(event, ChoiceEnd):
            self._stops[str(event.choice)] = event.stop
        elif isinstance(event, Failure):
            self._told["error"] = {"code": event.code, "message": event.message}


def _place(item: tuple[tuple[int, int], Any]) -> tuple[int, int]:
    return item[0]


def _begun(event: PartBegin) -> dict[str, Any]:
    """What is known when a part begins, without what only a provider understands."""
    found: dict[str, Any] = {"type": type(event.part).__name__.lower()}
    for name in ("text", "name", "arguments", "id"):
        value = getattr(event.part, name, "")
        if isinstance(value, str) and value:
            found[name] = value
    return found


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a tool as the JSON they are, so that no escape hides a word of them."""
    arguments = part.get("arguments")
    if isinstance(arguments, str):
        try:
            return part | {"arguments": json.loads(arguments)}
        except (ValueError, RecursionError):
            return part
    return part
