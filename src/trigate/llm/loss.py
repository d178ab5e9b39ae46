"""What of an ask or an answer cannot be said in another dialect: reported, never silent."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from trigate.core.parts import Headers

Fate = Literal["dropped", "degraded"]
_PLACE = re.compile(r"\[\d+\]")
_UNSPEAKABLE = re.compile(r"[^A-Za-z0-9_.-]")
LOSS = b"x-trigate-loss"
"""The header field that tells callers."""
LONGEST_KEPT = 64
"""Characters of a name that is remembered; callers make up others."""
MOST = 64
"""Losses that are told of one call."""


class Loss(Struct, frozen=True, order=True, cache_hash=True):
    """A member of the caller's dialect, by its path there, and what became of it."""

    field: str
    """Without places in lists: `messages.content.cache_control`."""
    fate: Fate
    why: str = ""
    """For a degraded one: what stands in its place."""


class Losses:
    """What one translation lost; empty and false if nothing."""

    __slots__ = ("_found", "_is_common")

    def __init__(self) -> None:
        self._found: dict[Loss, None] = {}
        self._is_common = True
        """No name is so long that it should not be remembered."""

    def __bool__(self) -> bool:
        return bool(self._found)

    def drop(self, field: str, why: str = "") -> None:
        """The target has nothing like it, and it is left out. Places in lists, as `[3]`, are left out of the name."""
        self._note(field, "dropped", why)

    def degrade(self, field: str, why: str) -> None:
        """The target has something like it, which is said instead: `why` tells what."""
        self._note(field, "degraded", why)

    def drop_extra(self, path: str, extra: dict[str, Any]) -> None:
        """Members that only the caller's dialect knows."""
        for name in extra:
            self.drop(f"{path}.{name}" if path else name)

    def found(self) -> list[Loss]:
        """Each once, in the order found."""
        return list(self._found)

    def join(self, others: "Losses") -> None:
        """Those of another translation, too."""
        for each in others.found():
            self._add(each)

    def flags(self) -> Iterable[str]:
        """As they stand in a record."""
        found = tuple(self._found)
        return _known_flags(found) if self._is_common else _flags(found)

    def told(self) -> bytes:
        """As a list of tokens (RFC 9651 §3.1): `seed;dropped, tool_choice;degraded`."""
        found = tuple(self._found)
        return _known_told(found) if self._is_common else _told(found)

    def _note(self, field: str, fate: Fate, why: str) -> None:
        if len(field) <= LONGEST_KEPT:
            self._add(_known_loss(field, fate, why))
        else:
            self._add(_loss(field, fate, why))

    def _add(self, loss: Loss) -> None:
        if len(loss.field) > LONGEST_KEPT:
            self._is_common = False
        if len(self._found) < MOST:
            self._found[loss] = None


def flags(losses: Losses) -> Iterable[str]:
    """As they stand in a record."""
    return losses.flags()


def loss_comment(losses: Losses) -> bytes:
    """The same for a stream that has begun, as a comment of server-sent events, which readers skip (HTML §9.2.5)."""
    ((name, told),) = loss_fields(losses)
    return b": %b: %b\n\n" % (name, told)


def loss_fields(losses: Losses) -> Headers:
    """The header field that tells a caller."""
    return [(LOSS, losses.told())] if losses else []


def _loss(field: str, fate: Fate, why: str) -> Loss:
    return Loss(_PLACE.sub("", field), fate, why)


def _flags(found: tuple[Loss, ...]) -> tuple[str, ...]:
    return tuple(f"llm.{each.fate}:{each.field}" for each in found)


def _told(found: tuple[Loss, ...]) -> bytes:
    return ", ".join(f"{_UNSPEAKABLE.sub('_', each.field)};{each.fate}" for each in found).encode()


# Calls of one kind lose the same again and again.
_known_loss = lru_cache(1024)(_loss)
_known_flags = lru_cache(256)(_flags)
_known_told = lru_cache(256)(_told)
