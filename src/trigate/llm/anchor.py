"""What asks have in common that belong together: a caller, a session, a conversation."""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct

from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND
from trigate.llm.operation import Ask
from trigate.policy.measure.scope import ScopeName, scope

Read = Callable[[Call, Ask], str]
LONGEST = 1024
"""Characters of a member that counts."""
_SCOPES = frozenset({"key", "user", "end_user", "agent", "team", "organisation", "session", "run", "address"})
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(?:\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,3}").fullmatch
_PREAMBLE = ("system", "instructions", "systemInstruction", "system_instruction", "preamble", "tools")
_TURNS = ("messages", "input", "contents")


class AnchorName(str):
    """One of them, as it is written: `key`, `user`, `header:x-session-id`, `member:metadata.user_id`, `messages`, …"""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "AnchorName":
        """Raises ValueError for what is none."""
        family, colon, path = text.partition(":")
        if text == "messages" or (family == "member" and _PATH(path)):
            return cls(text)
        if text in _SCOPES or (colon and family in {"header", "claim"}):
            return cls(ScopeName.parse(text))
        raise ValueError(f"write {', '.join(sorted(_SCOPES))}, messages, member:NAME, header:NAME or claim:NAME")


Anchors = AnchorName | tuple[AnchorName, ...]


def reader(names: Anchors) -> Read:
    """Reads the first of them that an ask has; empty if it has none."""
    reads = [_reader(each) for each in ((names,) if isinstance(names, str) else names)]

    def read(call: Call, ask: Ask) -> str:
        for each in reads:
            found = each(call, ask)
            if found:
                return found
        return ""

    return read


def _reader(name: str) -> Read:
    family, _, path = name.partition(":")
    if name == "messages":
        return _beginning
    if family == "member":
        return _member(path.split("."))
    found = scope(ScopeName.parse(name)).read
    return lambda call, _: found(call, NO_DEMAND)


def _member(path: Sequence[str]) -> Read:
    def read(call: Call, ask: Ask) -> str:
        raw = ask.members.get(path[0])
        try:
            value: Any = None if raw is None else msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            return ""
        for name in path[1:]:
            value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) and len(value) <= LONGEST else ""

    return read


class _Turn(Struct):
    role: str = "user"


_turns = msgspec.json.Decoder(list[Raw]).decode
_turn = msgspec.json.Decoder(_Turn).decode


def _beginning(call: Call, ask: Ask) -> str:
    """A digest of how the conversation begins, up to its first turn of a user: all its later asks repeat that."""
    digest = blake2b(digest_size=16)
    members = ask.members
    for name in _PREAMBLE:
        if name in members:
            digest.update(members[name])
    raw = next((members[name] for name in _TURNS if name in members), None)
    if raw is None:
        return ""
    for each in _opening(raw):
        digest.update(each)
    return digest.hexdigest()


def _opening(raw: Raw) -> list[Raw]:
    try:
        found = list[Raw]()
        for each in _turns(raw):
            found.append(each)
            if _turn(each).role == "user":
                break
        return found
    except (msgspec.DecodeError, RecursionError):
        return [raw]
