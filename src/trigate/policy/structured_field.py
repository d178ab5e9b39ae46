"""Structured fields (RFC 9651), as far as signatures need them: dictionaries of inner lists, or of byte sequences."""

import base64
import re
from typing import NoReturn

from msgspec import Struct

Bare = str | int | bool | bytes | float
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_SPACE = re.compile(r"[ ]*")
_OPTIONAL_SPACE = re.compile(r"[ \t]*")
LARGEST = 16 * 1024
MOST_MEMBERS = 32
MOST_ITEMS = 64


class Item(Struct, frozen=True):
    """A bare item and its parameters, with the text they were written as."""

    value: Bare
    parameters: dict[str, Bare]
    text: str


class InnerList(Struct, frozen=True):
    """Items in parentheses and their parameters, with the text they were written as."""

    items: tuple[Item, ...]
    parameters: dict[str, Bare]
    text: str


Member = Item | InnerList


def read_dictionary(text: str) -> dict[str, Member]:
    """A dictionary (RFC 9651 §3.2); raises ValueError, also for a key that comes twice."""
    if len(text) > LARGEST:
        raise ValueError("too large")
    return _Reader(text).dictionary()


class _Reader:
    """Reads from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def dictionary(self) -> dict[str, Member]:
        found: dict[str, Member] = {}
        self._skip(_SPACE)
        while self._at < len(self._text):
            key = self._take(_KEY)
            if key in found or len(found) >= MOST_MEMBERS:
                self._fail("a member comes twice, or there are too many")
            found[key] = self._member() if self._next("=") else self._item_of(True, self._at)
            self._skip(_OPTIONAL_SPACE)
            if self._at == len(self._text):
                break
            if not self._next(","):
                self._fail("a comma is missing")
            self._skip(_OPTIONAL_SPACE)
            if self._at == len(self._text):
                self._fail("a comma at the end")
        return found

    def _member(self) -> Member:
        start = self._at
        if not self._next("("):
            return self._item()
        items = list[Item]()
        while True:
            self._skip(_SPACE)
            if self._next(")"):
                break
            items.append(self._item())
            if len(items) > MOST_ITEMS or self._text[self._at : self._at + 1] not in (" ", ")"):
                self._fail("an inner list that does not end")
        parameters = self._parameters()
        return InnerList(tuple(items), parameters, self._text[start : self._at])

    def _item(self) -> Item:
        start = self._at
        return self._item_of(self._bare(), start)

    def _item_of(self, value: Bare, start: int) -> Item:
        return Item(value, self._parameters(), self._text[start : self._at])

    def _parameters(self) -> dict[str, Bare]:
        found: dict[str, Bare] = {}
        while self._next(";"):
            self._skip(_SPACE)
            key = self._take(_KEY)
            if key in found or len(found) >= MOST_MEMBERS:
                self._fail("a parameter comes twice, or there are too many")
            found[key] = self._bare() if self._next("=") else True
        return found

    def _bare(self) -> Bare:
        first = self._text[self._at : self._at + 1]
        if first == '"':
            return re.sub(r"\\(.)", r"\1", self._take(_STRING, 1))
        if first == ":":
            return base64.b64decode(self._take(_BYTES, 1), validate=True)
        if first == "?":
            return self._take(_BOOLEAN, 1) == "1"
        if first == "-" or first.isdigit():
            return int(self._take(_INTEGER))
        return self._take(_TOKEN)

    def _take(self, pattern: re.Pattern[str], group: int = 0) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            self._fail("something else was expected")
        self._at = found.end()
        return found[group]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _next(self, character: str) -> bool:
        if self._text.startswith(character, self._at):
            self._at += 1
            return True
        return False

    def _fail(self, reason: str) -> NoReturn:
        raise ValueError(f"{reason} at character {self._at + 1}")
