"""Words in a definition that are not meant for people: hidden letters, and orders to the model that reads them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import cast

import msgspec
from msgspec import Raw

from trigate.mcp.envelope import read_value

_sorted = msgspec.json.Encoder(order="sorted").encode

_LONGEST = 64 * 1024
"""Letters of one text that are looked at; a text of a tool that is longer is suspicious for that."""
_SPACE = 40
_BLOB = 300
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Invisible, but part of emoji and of some scripts."""
_TAGS = range(0xE0000, 0xE0200)
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f")

# All repetitions are bounded, so that no text takes long.
_PATTERNS = {
    "a comment or tag that people do not see": (
        r"<!--|</?\s{0,3}(?:important|system|secret|hidden|instructions?)\s{0,3}>"
    ),
    "an order to ignore instructions": (
        r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|other|all|system|safety)\b"
        r".{0,30}\b(?:instruction|prompt|rule|guideline|direction|polic)"
    ),
    "an order to keep something from the user": (
        r"\b(?:do not|don'?t|never|without|avoid)\b.{0,20}"
        r"\b(?:tell|inform|mention|notif|reveal|show|disclos|alert|ask)\w{0,4}\b.{0,30}\b(?:the\s)?(?:user|human|person|anyone)\b"
    ),
    "an order about other tools": (
        r"\b(?:before|instead of|whenever|every time)\b.{0,40}\b(?:us(?:e|ing)|call(?:ing)?|invok(?:e|ing))\b.{0,30}"
        r"\b(?:any|all|other|another|this|these)\b.{0,20}\btools?\b.{0,80}\b(?:must|always|first|should)\b"
    ),
    "an order to hand something over": (
        r"\b(?:send|forward|pass|include|attach|post|upload|append|copy|provide|put)\b.{0,80}\b(?:conversation"
        r"|chat history|previous messages|system prompt|private key|(?:the|all|any|your|their)\s(?:\w{1,12}\s){0,2}"
        r"(?:credentials|passwords|api[ _-]?keys|access tokens|secrets))\b"
    ),
    "the place of a secret": (
        r"~/\.(?:ssh|aws|gnupg|kube|netrc|config/gcloud)|\bid_(?:rsa|ed25519)\b|/etc/(?:passwd|shadow)\b"
    ),
    "a long blank": rf"[ \t\u00a0\u2000-\u200a\u3000]{{{_SPACE},}}|\n[ \t\r\n]{{{_SPACE},}}",
    "a long code": rf"[A-Za-z0-9+/]{{{_BLOB},}}",
}
_compiled = {name: re.compile(pattern, re.IGNORECASE | re.DOTALL) for name, pattern in _PATTERNS.items()}


def canonical(members: Mapping[str, Raw]) -> bytes:
    """A definition written in one way, whatever order and white space its server has chosen."""
    return _sorted({key: read_value(value) for key, value in members.items()})


def digest(text: bytes) -> str:
    """Of a canonical definition."""
    return sha256(text).hexdigest()


def suspicions(definition: bytes, others: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What is odd in a definition, given as JSON, each with the place where it is.

    `others` are the names of further servers: a tool has no business with their tools.
    """
    found: dict[str, None] = {}
    for place, text in _texts("", read_value(definition)):
        for what in _look(text[:_LONGEST], others):
            found[f"{what} in {place or '/'}"] = None
        if len(text) > _LONGEST:
            found[f"a text of {len(text)} letters in {place}"] = None
    return tuple(found)


def _look(text: str, others: frozenset[str]) -> Iterator[str]:
    if not text.isascii():
        yield from _hidden(text)
    for name, pattern in _compiled.items():
        if pattern.search(text):
            yield name
    if "__" in text:
        for server in others:
            if f"{server}__" in text:
                yield f"words about tools of server {server!r}"


def _hidden(text: str) -> Iterator[str]:
    letters = set(text)
    if any(ord(each) in _TAGS for each in letters):
        yield "letters of the tag block, which nobody sees"
    if letters & _BIDI:
        yield "letters that change the direction of writing"
    rest = (each for each in letters - _BIDI - _JOINERS if ord(each) not in _TAGS)
    if any(unicodedata.category(each) in {"Cf", "Co", "Cs", "Cn"} for each in rest):
        yield "letters that nobody sees"


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, names of members included, with its place as a JSON pointer (RFC 6901)."""
    stack: list[tuple[str, object]] = [(place, value)]
    while stack:
        at, node = stack.pop()
        if isinstance(node, str):
            yield at, node
        elif isinstance(node, dict):
            for key, inner in cast("dict[str, object]", node).items():
                step = f"{at}/{_step(key)}"
                yield step, key
                stack.append((step, inner))
        elif isinstance(node, list):
            stack.extend((f"{at}/{number}", inner) for number, inner in enumerate(cast("list[object]", node)))


def _step(key: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in key[:60]).replace("~", "~0").replace("/", "~1")
