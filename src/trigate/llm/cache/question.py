"""What is asked last in a chat, apart from all that comes before it: the only thing that may be said in other words."""

import json
import re
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct

from trigate.llm.member import Members
from trigate.llm.operation import Ask

LARGEST = 256 * 1024
"""Bytes of a conversation; longer ones are not taken apart."""
_MEMBERS = ("messages", "contents", "input")
_TEXT = frozenset({None, "text", "input_text"})
_NUMBERS = re.compile(r"[0-9]+")


class Question(Struct, frozen=True):
    """The last text of a chat, and the chat without it."""

    text: str
    rest: Members
    """The members of the ask, with the place of the text left empty."""
    numbers: str
    """The numbers in the text, in their order: who asks for another number asks something else."""


def find_question(ask: Ask, longest: int) -> Question | None:
    """None if the chat does not end with one text of the user's, of at most `longest` characters."""
    if not ask.operation.is_chat:
        return None
    for name in _MEMBERS:
        raw = ask.members.get(name)
        if raw is not None and len(raw) <= LARGEST:
            return _read(ask, name, raw, longest)
    return None


def _read(ask: Ask, name: str, raw: Raw, longest: int) -> Question | None:
    try:
        value: Any = json.loads(bytes(raw), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str):
        text, rest = value, None
    else:
        text, rest = _take(value), value
    if not text or not text.strip() or len(text) > longest:
        return None
    members = {**ask.members, name: Raw(msgspec.json.encode(rest))}
    return Question(text, members, " ".join(_NUMBERS.findall(text)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What is said twice may be understood in two ways, and is compared with nothing."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member comes twice")
    return found


def _take(turns: Any) -> str | None:
    """The text that the last turn consists of, taken out of it; None if that is something else."""
    last: Any = cast("list[Any]", turns)[-1] if isinstance(turns, list) and turns else None
    if not isinstance(last, dict):
        return None
    turn = cast("dict[str, Any]", last)
    if turn.get("role", "user") != "user":
        return None
    for name in ("content", "parts"):
        content = turn.get(name)
        if isinstance(content, str):
            turn[name] = None
            return content
        if isinstance(content, list):
            return _take_part(cast("list[Any]", content))
    return None


def _take_part(parts: list[Any]) -> str | None:
    if len(parts) != 1 or not isinstance(parts[0], dict):
        return None
    part = cast("dict[str, Any]", parts[0])
    text = part.get("text")
    if part.get("type") not in _TEXT or not isinstance(text, str):
        return None
    part["text"] = None
    return text
