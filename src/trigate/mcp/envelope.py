"""JSON-RPC messages, read no deeper than needed: members stay the bytes they were."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from trigate.mcp.fault import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, Fault

Members = dict[str, Raw]
"""An object's members in order, each value as the bytes that were sent."""

encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(Members).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode
_any = msgspec.json.Decoder().decode

ENVELOPE = ("jsonrpc", "id", "method", "params", "result", "error")
PARAMS = ("name", "uri", "arguments", "_meta", "cursor", "ref", "argument", "requestId", "level", "protocolVersion",
          "capabilities", "clientInfo", "inputResponses", "requestState", "task")  # fmt: skip


class Known:
    """Names of members that are read; one in another case is refused, since readers differ on what it means."""

    __slots__ = ("_folded", "names")

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)
        self._folded = frozenset(each.lower() for each in names)

    def check(self, found: Mapping[str, Raw]) -> None:
        """Raises Fault if a member differs from a known one only in case."""
        for key in found.keys() - self.names:
            if key.lower() in self._folded:
                raise Fault(INVALID_REQUEST, f"member {key!r} differs from a known one only in case")


_envelope = Known(*ENVELOPE)
_params = Known(*PARAMS)


def read(body: bytes) -> Members | list[Raw]:
    """A message or a batch; raises Fault."""
    try:
        # Values that are passed on unread are still promised to be UTF-8 (RFC 8259 §8.1).
        if not body.isascii():
            str(body, "utf-8")
        return _list(body) if body.lstrip()[:1] == b"[" else members(body, _envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Fault(PARSE_ERROR, f"the body is not a JSON object: {error}") from None


def read_element(raw: Raw) -> Members:
    """One message of a batch; raises Fault."""
    try:
        return members(raw, _envelope)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Fault(INVALID_REQUEST, f"an element of the batch is not a JSON object: {error}") from None


def members(raw: bytes | Raw, known: Known | None = None) -> Members:
    """The members of an object; raises DecodeError, and Fault for duplicates or case variants of `known` members."""
    found = _members(raw)
    if not _is_plain(raw, found):
        _refuse_duplicates(raw)
    if known is not None and not known.names >= found.keys():
        known.check(found)
    return found


def read_params(raw: Raw | None) -> Members:
    """The members of `params`; raises Fault."""
    return {} if raw is None else read_object(raw, "params", _params)


def read_object(raw: bytes | Raw, what: str, known: Known | None = None) -> Members:
    """The members of the object called `what`; raises Fault."""
    try:
        return members(raw, known)
    except (msgspec.DecodeError, RecursionError):
        raise Fault(INVALID_PARAMS, f"`{what}` must be an object") from None


def read_text(raw: Raw | None, what: str) -> str:
    """The string called `what`; raises Fault if it is missing or something else."""
    if raw is None:
        raise Fault(INVALID_PARAMS, f"`{what}` is missing")
    try:
        return _text(raw)
    except msgspec.DecodeError:
        raise Fault(INVALID_PARAMS, f"`{what}` must be a string") from None


def read_value(raw: bytes | Raw) -> Any:
    """Any JSON value, decoded; raises DecodeError."""
    return _any(raw)


def is_id(raw: bytes) -> bool:
    """Whether a JSON value may be a request's id: a string or an integer, never null (2026-07-28, basic: requests)."""
    return raw[:1] == b'"' or raw.removeprefix(b"-").isdigit()


def _is_plain(raw: bytes | Raw, found: Members) -> bool:
    """Whether the text is exactly its members as a usual encoder writes them, so that no member came twice."""
    count = len(found)
    # Braces, and per member two quotes, colon and comma but for the last.
    size = len(raw) - 1 - 4 * count - sum(map(len, found)) - sum(map(len, found.values()))
    if size == 0 or not count:
        return size in (0, 1)
    return size == 2 * count - 1 and bytes(raw) == _spaced(found)


def _spaced(found: Members) -> bytes:
    """The object as Python's encoder writes it, with a space behind each colon and comma."""
    return b"{" + b", ".join([b'"%b": %b' % (key.encode(), value) for key, value in found.items()]) + b"}"


def _refuse_duplicates(raw: bytes | Raw) -> None:
    """The exact check, for texts with other white space, escapes or non-ASCII letters in their keys."""
    outermost: list[list[tuple[str, Any]]] = [[]]

    def keep(pairs: list[tuple[str, Any]]) -> None:
        outermost[0] = pairs  # the outermost object ends last

    json.loads(bytes(raw), object_pairs_hook=keep, parse_int=str)
    seen: set[str] = set()
    for key, _ in outermost[0]:
        if key in seen:
            raise Fault(INVALID_REQUEST, f"member {key!r} came twice")
        seen.add(key)


def result_message(id: bytes, result: bytes) -> bytes:
    """A response."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (id, result)


def error_message(id: bytes, number: int, message: str, data: object = None) -> bytes:
    """An error response; an empty id is left out, as for a request whose id could not be read."""
    error: dict[str, object] = {"code": number, "message": message}
    if data is not None:
        error["data"] = data
    return error_reply(id, encode(error))


def error_reply(id: bytes, error: bytes) -> bytes:
    """An error response around an encoded error object."""
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (id or b"null", error)


def notification(method: str, params: bytes) -> bytes:
    """A notification."""
    return b'{"jsonrpc":"2.0","method":%b,"params":%b}' % (encode(method), params)
