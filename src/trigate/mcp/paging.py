"""Pages of lists: each cursor says by itself where its page begins, and is good for its own caller alone."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Raw

from trigate.core.principal import Principal
from trigate.core.shared import Derive
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import read_text
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.session import owner_of

_OFFSET, _MARK, _PROOF = 4, 8, 16
"""Bytes of a cursor: how many things came before, a digest of the last one of them, and what proves both."""
_LONGEST = 64
"""Letters; one of ours has fewer."""


class Page:
    """What one caller asked for of one list."""

    __slots__ = ("_cursor", "_key", "_place", "_size")

    def __init__(self, key: bytes, size: int, place: bytes, cursor: str) -> None:
        self._key = key
        self._size = size
        self._place = place
        self._cursor = cursor

    def cut(self, items: Sequence[Raw]) -> tuple[Sequence[Raw], str]:
        """The page, and the cursor of the next one, empty if there is none; raises Fault for a cursor of others.

        A list may have changed since the page before: then this one begins behind the last thing of that, wherever it
        is now, so that nothing comes twice.
        """
        if not self._cursor and len(items) <= self._size:
            return items, ""
        begin = self._begin(items) if self._cursor else 0
        end = begin + self._size
        return items[begin:end], self._close(end, _mark(items[end - 1])) if end < len(items) else ""

    def _begin(self, items: Sequence[Raw]) -> int:
        offset, mark = self._open()
        if 0 < offset <= len(items) and _mark(items[offset - 1]) == mark:
            return offset
        found = (number for number, each in enumerate(items, 1) if _mark(each) == mark)
        return next(found, min(offset, len(items)))

    def _close(self, offset: int, mark: bytes) -> str:
        said = offset.to_bytes(_OFFSET, "big") + mark
        return urlsafe_b64encode(said + self._prove(said)).rstrip(b"=").decode()

    def _open(self) -> tuple[int, bytes]:
        text = self._cursor
        try:
            read = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) <= _LONGEST else b""
        except ValueError:
            read = b""
        said, proof = read[: _OFFSET + _MARK], read[_OFFSET + _MARK :]
        if len(said) != _OFFSET + _MARK or not hmac.compare_digest(proof, self._prove(said)):
            raise Fault(INVALID_PARAMS, "this cursor was not given out for this list: begin again without one")
        return int.from_bytes(said[:_OFFSET], "big"), said[_OFFSET:]

    def _prove(self, said: bytes) -> bytes:
        return blake2b(said + self._place, key=self._key, digest_size=_PROOF).digest()


class Paging:
    """Makes pages; any worker knows the cursors of another one."""

    __slots__ = ("_key", "_size")

    def __init__(self, derive: Derive, size: int) -> None:
        """At most `size` things on one page."""
        self._key = derive("mcp cursors")
        self._size = size

    def page_of(self, principal: Principal | None, ask: Ask) -> Page:
        """The page that a list request is about; raises Fault."""
        raw = ask.params.get("cursor")
        return self.page(principal, ask.view.name, ask.name, read_text(raw, "cursor") if raw is not None else "")

    def page(self, principal: Principal | None, endpoint: str, method: str, cursor: str = "") -> Page:
        """The page that a caller asks for, by a cursor if it has one."""
        place = "\0".join((owner_of(principal) if principal is not None else "", endpoint, method))
        return Page(self._key, self._size, place.encode(), cursor)


def _mark(item: Raw) -> bytes:
    return blake2b(item, digest_size=_MARK).digest()
