"""Models that a caller lists in the body: asked one after the other, as callers of OpenRouter and LiteLLM write it."""

from typing import NoReturn

import msgspec
from msgspec import Raw, Struct

from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members, write_members

LONGEST_MODEL = 256
"""Characters of a model's name; longer ones are refused before they reach a record."""
MOST = 10
"""Models that a list may name."""
LISTS = ("models", "fallbacks")
"""OpenRouter's member, and LiteLLM's."""


class _Entry(Struct, forbid_unknown_fields=True):
    model: str


_list = msgspec.json.Decoder(list[str | _Entry]).decode


def listed(members: Members) -> tuple[str, ...]:
    """The models of the lists, in order, each once; raises InvalidParameter."""
    found: dict[str, None] = {}
    for name in LISTS:
        raw = members.get(name)
        if raw is not None and bytes(raw) != b"null":
            found.update(dict.fromkeys(_read(name, raw)))
    return tuple(found)


def named(said: bytes) -> list[str]:
    """The models of the header field `x-trigate-fallbacks`; raises InvalidParameter."""
    return _checked("x-trigate-fallbacks", [each.strip() for each in said.decode("latin-1").split(",") if each.strip()])


def without_lists(members: Members) -> bytes:
    """The body without them, which are nobody's business but the gateway's: a provider that knows such lists would
    let the caller have models that it may not use. They are taken out of `members`, too."""
    for name in LISTS:
        members.pop(name, None)
    return write_members(members)


def _read(name: str, raw: Raw) -> list[str]:
    try:
        entries = _list(raw)
    except msgspec.DecodeError:
        _refuse(name, "must be a list of names of models")
    return _checked(name, [each if isinstance(each, str) else each.model for each in entries])


def _checked(name: str, found: list[str]) -> list[str]:
    if len(found) > MOST:
        _refuse(name, f"names more than {MOST} models")
    if any(not 0 < len(each) <= LONGEST_MODEL or not each.isprintable() for each in found):
        _refuse(name, "has a name that is not one of a model")
    return found


def _refuse(name: str, why: str) -> NoReturn:
    raise InvalidParameter(f"`{name}` {why}", name)
