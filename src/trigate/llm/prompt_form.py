"""How a prompt is said in each dialect for chats: its texts before those of the caller, whose own stay as they are."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from msgspec import Raw

from trigate.llm.chat_dialect import Manners
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses
from trigate.llm.member import Members
from trigate.llm.prompt import Filled

_encode = msgspec.json.Encoder().encode
_objects = msgspec.json.Decoder(dict[str, Raw]).decode
_lists = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode
_BOUNDS = frozenset({"max_tokens", "max_completion_tokens"})
_OTHER_NAMES = {"openai_chat": _BOUNDS}
"""Members that mean the same: with one of the caller's, none of the prompt's is sent."""
_DECIDED = frozenset({"model", "store", "include", "stream"})
"""What writing a whole ask decides besides its parameters."""
_NULL, _QUOTE = b"n", b'"'
_SAID: dict[str, Any] = {"role": "user", "content": "."}


def add_texts(dialect: str, members: Members, filled: Filled) -> None:
    """Put the texts before those of the caller; raises InvalidParameter if the caller's are of no known form."""
    _FORMS[dialect](members, filled)


def add_parameters(members: Members, parameters: Members, dialect: str) -> None:
    """Add what the caller did not say itself; lists of tools are joined, objects member by member."""
    for name, value in parameters.items():
        rivals = _OTHER_NAMES.get(dialect, frozenset()) if name in _BOUNDS else frozenset[str]()
        if not rivals & members.keys():
            members[name] = _joined(name, value, members[name]) if name in members else value


@cache
def parameters_in(dialect: str, parameters: bytes) -> tuple[Members, Losses]:
    """Parameters (JSON, by their names in OpenAI's chat completions) as members of a dialect, and what it cannot say.

    Raises InvalidParameter.
    """
    written: dict[str, Any] = msgspec.json.decode(parameters)
    if dialect == "openai_chat":
        return {name: Raw(_encode(value)) for name, value in written.items()}, Losses()
    losses = Losses()
    found = _ask_in(dialect, written, losses)
    usual = _ask_in(dialect, {}, Losses())
    chosen = {name: value for name, value in found.items() if name not in _DECIDED and usual.get(name) != value}
    return {name: Raw(_encode(value)) for name, value in chosen.items()}, losses


def _ask_in(dialect: str, parameters: dict[str, Any], losses: Losses) -> dict[str, Any]:
    body: dict[str, Any] = {**parameters, "model": "", "messages": [_SAID]}
    conversation = find_chat_dialect("openai_chat").read_ask(body, "", streamed=False)
    return find_chat_dialect(dialect).write_ask(conversation, Manners(""), losses)


def _joined(name: str, ours: Raw, theirs: Raw) -> Raw:
    """What the caller says goes before what the prompt says."""
    if name == "tools" and _first(theirs) == _first(ours) == b"[":
        return Raw(_encode([*_lists(ours), *_lists(theirs)]))
    if _first(theirs) == _first(ours) == b"{":
        both, given = _objects(ours), _objects(theirs)
        for key, each in given.items():
            both[key] = _joined(key, both[key], each) if key in both else each
        return Raw(_encode(both))
    return theirs


def _first(raw: Raw) -> bytes:
    """What kind of value it is: nothing stands before it."""
    return bytes(memoryview(raw)[:1])


def _list(members: Members, name: str) -> list[Raw]:
    raw = members.get(name)
    if raw is None or _first(raw) == _NULL:
        return []
    if _first(raw) != b"[":
        raise InvalidParameter(f"`{name}` must be a list", name)
    return _lists(raw)


def _put(members: Members, name: str, ours: list[Any], theirs: list[Any]) -> None:
    if ours or theirs:
        members[name] = Raw(_encode([*ours, *theirs]))


def _blocks(members: Members, name: str, block: Callable[[Any], dict[str, Any]]) -> list[Any]:
    """A system prompt that may be a text as a list of blocks."""
    raw = members.get(name)
    return [block(raw)] if raw is not None and _first(raw) == _QUOTE else _list(members, name)


def _add_messages(members: Members, filled: Filled) -> None:
    """OpenAI's chat completions and Cohere."""
    system = [{"role": "system", "content": filled.system}] if filled.system else []
    turns = [{"role": role, "content": text} for role, text in filled.turns]
    _put(members, "messages", [*system, *turns], _list(members, "messages"))


def _add_input(members: Members, filled: Filled) -> None:
    """OpenAI's responses: one text of instructions, and a list of items."""
    raw = members.get("instructions")
    if filled.system:
        if raw is not None and _first(raw) not in (_NULL, _QUOTE):
            raise InvalidParameter("`instructions` must be a text", "instructions")
        theirs = _text(raw) if raw is not None and _first(raw) == _QUOTE else ""
        members["instructions"] = Raw(_encode(f"{filled.system}\n\n{theirs}" if theirs else filled.system))
    if filled.turns:
        turns = [_item(role, text) for role, text in filled.turns]
        _put(members, "input", turns, _blocks(members, "input", lambda text: _item("user", text)))


def _item(role: str, text: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": text}


def _add_blocks(members: Members, filled: Filled) -> None:
    """Anthropic."""
    if filled.system:
        theirs = _blocks(members, "system", lambda text: {"type": "text", "text": text})
        _put(members, "system", [{"type": "text", "text": filled.system}], theirs)
    turns = [{"role": role, "content": text} for role, text in filled.turns]
    _put(members, "messages", turns, _list(members, "messages"))


def _add_converse(members: Members, filled: Filled) -> None:
    """Bedrock."""
    if filled.system:
        _put(members, "system", [{"text": filled.system}], _list(members, "system"))
    turns = [{"role": role, "content": [{"text": text}]} for role, text in filled.turns]
    _put(members, "messages", turns, _list(members, "messages"))


def _add_contents(members: Members, filled: Filled) -> None:
    """Gemini."""
    if filled.system:
        name = "system_instruction" if "system_instruction" in members else "systemInstruction"
        raw = members.get(name)
        theirs = _objects(raw) if raw is not None and _first(raw) == b"{" else {}
        parts = [{"text": filled.system}, *_list(theirs, "parts")]
        members[name] = Raw(_encode({**theirs, "parts": parts}))
    roles = {"assistant": "model", "user": "user"}
    turns = [{"role": roles[role], "parts": [{"text": text}]} for role, text in filled.turns]
    _put(members, "contents", turns, _list(members, "contents"))


_FORMS: dict[str, Callable[[Members, Filled], None]] = {
    "openai_chat": _add_messages,
    "cohere_chat": _add_messages,
    "openai_responses": _add_input,
    "anthropic_messages": _add_blocks,
    "bedrock_converse": _add_converse,
    "gemini_content": _add_contents,
}
