"""JSON of strangers, read in one way only: no member twice, no NaN, no depth without end."""

import base64
import json
import re
from typing import Any, NoReturn

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*")


def read_object(text: bytes) -> dict[str, Any]:
    """A JSON object; raises ValueError for anything else, or if a member of any object in it comes twice."""
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_members, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found  # pyright: ignore[reportUnknownVariableType]


def read_base64url(text: bytes) -> bytes:
    """RFC 4648 §5 without padding, in its one canonical spelling; raises ValueError for any other."""
    if _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        raise ValueError("not base64url")
    found = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(found).rstrip(b"=") != text:
        raise ValueError("bits are set where there are none")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member comes twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
