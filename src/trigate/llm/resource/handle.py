"""Identifiers that the gateway gives out in place of a provider's: they say where something is, and open for its owner.

An identifier of a provider would open for everybody who uses the same account there. One of these is the provider's
own and its name, signed for a kind and an owner: to anybody else it is unknown. Nothing has to be remembered for that,
so it is good in every worker, on every machine, and after a restart.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

from msgspec import Struct

from trigate.core.errors import NotFound

MARK = "tg_"
"""Behind the prefix that the provider's identifiers of this kind have."""
_MAC_BYTES = 16
_LONGEST = 1024
_HANDLE = re.compile(rf"([a-z]{{1,24}}[-_])?{MARK}([A-Za-z0-9_-]{{24,{_LONGEST}}})")
_FEW = 8
"""Underscores that are looked at one by one."""
_IN_BODY = re.compile(rb'"((?:[a-z]{1,24}[-_])?tg_[A-Za-z0-9_-]{24,1024})"')
_PREFIX = re.compile(r"[a-z]{1,24}[-_]")


class Origin(Struct, frozen=True):
    """Where something is."""

    provider: str
    """By its configured name."""
    id: str
    """As the provider knows it."""


class HandleUnknown(NotFound):
    """There is nothing of this identifier, or nothing that the caller may see."""

    code = "resource.not_found"


class Handles:
    """Signs and opens identifiers."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """`key` is a secret that all processes of the installation have in common."""
        self._key = key

    def wrap(self, kind: str, owner: str, origin: Origin) -> str:
        """The identifier for `owner`; always the same one."""
        prefix = _PREFIX.match(origin.id)
        payload = f"{origin.provider}\0{origin.id}".encode()
        return f"{prefix[0] if prefix else ''}{MARK}{_text(self._mac(kind, owner, payload) + payload)}"

    def open(self, kind: str, owner: str, text: str) -> Origin:
        """What is behind an identifier; raises HandleUnknown."""
        found = _HANDLE.fullmatch(text)
        if found is None:
            raise unknown(kind)
        try:
            raw = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
        except ValueError:
            raise unknown(kind) from None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(kind, owner, payload)):
            raise unknown(kind)
        provider, _, id = payload.decode().partition("\0")
        origin = Origin(provider, id)
        # Only the one spelling that was given out: readers of base64 accept several.
        if self.wrap(kind, owner, origin) != text:
            raise unknown(kind)
        return origin

    def _mac(self, kind: str, owner: str, payload: bytes) -> bytes:
        head = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), owner.encode()))
        return hmac.digest(self._key, head + payload, hashlib.sha256)[:_MAC_BYTES]


def is_marked(body: bytes) -> bool:
    """Whether what identifiers of ours begin with stands in it, by the first underscores: one byte is found many times
    as fast as three, and prose has few of them."""
    at = -1
    for _ in range(_FEW):
        at = body.find(b"_", at + 1)
        if at < 0:
            return False
        if at >= 2 and body.startswith(b"tg", at - 2):
            return True
    return body.find(b"tg_", at + 1) >= 0


def handles_in(body: bytes) -> bool:
    """Whether there may be identifiers of ours among the texts of a JSON body."""
    return is_marked(body) and _IN_BODY.search(body) is not None


def replace_handles(body: bytes, replace: Callable[[str], str]) -> bytes:
    """The JSON body with every text that has the form of one replaced by what `replace` makes of it."""
    return _IN_BODY.sub(lambda found: b'"%b"' % replace(found[1].decode()).encode(), body)


def unknown(kind: str) -> HandleUnknown:
    """The one answer for whatever cannot be found: it tells nothing about what others have."""
    return HandleUnknown(f"there is no {_WORDS.get(kind, 'resource')} of this id here, or it is not yours")


_WORDS = {"file": "file", "batch": "batch", "response": "response", "conversation": "conversation"}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
