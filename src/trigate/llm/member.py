"""The top level of a JSON object as raw members: read strictly, written anew with some replaced, nested ones verbatim.

Policy reads some members, and an upstream may read JSON differently: keep the first of two equal keys, or compare keys
without regard to case. So what could be read in two ways is refused, and what goes upstream is written from what was
read here (RFC 8259 §4).
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, NoReturn

import msgspec
from msgspec import Raw

from trigate.core.errors import BadRequest

Members = dict[str, Raw]
"""Members in the order sent; a value is the JSON text as sent."""

LONGEST_KEYS = 1024
"""Characters of all keys of an object whose form is remembered."""
_decode = msgspec.json.Decoder(Members).decode
_value = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_key = msgspec.json.Decoder(str).decode
_SEPARATOR = re.compile(rb"[ \t\n\r]*[,{][ \t\n\r]*(\"(?:[^\"\\]|\\.)*\")[ \t\n\r]*:[ \t\n\r]*")
_END = re.compile(rb"[ \t\n\r]*}[ \t\n\r]*")


def read_members(body: bytes, known: AbstractSet[str]) -> Members:
    """The members of the object `body`.

    Raises BadRequest unless it is one UTF-8 JSON object without duplicate keys, and without keys that differ from one
    in `known` by case alone.
    """
    members = _parse(body)
    # As long as these members written compactly, or just what Python writes: there is no room for another one.
    keys = len("".join(members))
    room = len(body) - sum(map(len, members.values())) - keys - 4 * len(members) - 1
    if room and not (room == 2 * len(members) - 1 and keys <= LONGEST_KEYS and body == _write_spaced(members)):
        _refuse_duplicates(body, members)
    if not members.keys() <= known:
        _refuse_case_variants(members.keys() - known, known)
    return members


def read_value(body: bytes) -> Any:
    """All of a body, to its depth; raises BadRequest for what `read_members` lets pass and has no value, as 1e400."""
    try:
        return _value(body)
    except RecursionError:
        _refuse("the body is nested too deeply")
    except msgspec.DecodeError as error:
        _refuse(f"the body cannot be read: {error}")


def write_members(members: Members) -> bytes:
    """The object as compact JSON."""
    return _encode(members)


def _parse(body: bytes) -> Members:
    try:
        if not body.isascii():
            body.decode()
        return _decode(body)
    except RecursionError:
        _refuse("the body is nested too deeply")
    except UnicodeDecodeError:
        _refuse("the body is not UTF-8")
    except msgspec.ValidationError:
        _refuse("the body must be a JSON object")
    except msgspec.DecodeError as error:
        _refuse(f"the body is not valid JSON: {error}")


def _write_spaced(members: Members) -> bytes:
    """As Python's own `json` writes it: a space after every comma and colon of the top level."""
    return _spaced(tuple(members)) % tuple(members.values())


@lru_cache(256)
def _spaced(keys: tuple[str, ...]) -> bytes:
    """The form of such an object, with a hole for each value."""
    written = ", ".join(f'"{key}": %b' for key in (key.replace("%", "%%") for key in keys))
    return f"{{{written}}}".encode()


def _refuse_duplicates(body: bytes, members: Members) -> None:
    """Walk the top level again: a member met twice, or with another value than the one kept, is a duplicate."""
    position = 0
    remaining = dict(members)
    while separator := _SEPARATOR.match(body, position):
        key = _key(separator[1])
        value = remaining.pop(key, None)
        if value is None or not body.startswith(bytes(value), separator.end()):
            _refuse(f"the body has more than one member {key!r}")
        position = separator.end() + len(value)
    if members and not _END.fullmatch(body, position):
        _refuse("the body has a member more than once")


def _refuse_case_variants(unknown: AbstractSet[str], known: AbstractSet[str]) -> None:
    folded = _folded(frozenset(known))
    for key in unknown:
        if (meant := folded.get(_fold(key))) is not None or (meant := folded.get(_fold(key).replace("_", ""))):
            _refuse(f"the body has a member {key!r}; write {meant!r}")


@lru_cache(64)
def _folded(known: frozenset[str]) -> dict[str, str]:
    """Known members by what readers without regard to case take them for.

    Who writes `maxTokens` takes `max_tokens` for the same (ProtoJSON); who writes `max_tokens` does not.
    """
    return {_fold(name): name for name in known}


def _fold(key: str) -> str:
    # casefold, because readers without regard to case fold `ſ` to `s` and the Kelvin sign to `k`
    return key.casefold()


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message)
