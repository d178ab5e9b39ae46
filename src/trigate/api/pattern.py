"""Path patterns: exact, with parameters, prefix, regular expression; and which is the most specific.

A path is matched and sent on as it came. The text of a route therefore matches every spelling of itself that a caller
may send and a service reads alike: hexadecimal digits in either case, `~` encoded or not (RFC 3986 §6.2.2).
"""

import re
from typing import Literal, NamedTuple

PatternKind = Literal["exact", "parameters", "regex", "prefix"]

_RANK: dict[PatternKind, int] = {"exact": 3, "parameters": 2, "regex": 1, "prefix": 0}
_PARAMETER = re.compile(r"\{(\w+)\}")
_SPELLED = re.compile(r"~|%[0-9A-Fa-f]{2}")


class Pattern(NamedTuple):
    """One compiled path pattern; sorts by specificity, the most specific last."""

    kind: PatternKind
    text: str
    expression: re.Pattern[bytes]
    """Matches the whole path (a `regex:` its beginning); group `rest` holds what `/*` covers, others the parameters."""

    @property
    def specificity(self) -> tuple[int, int, int]:
        """Kind, number of literal characters, and number of segments."""
        literal = _PARAMETER.sub("", self.text)
        return _RANK[self.kind], len(literal), self.text.count("/")


def compile_pattern(text: str) -> Pattern:
    """Compile a path as written in a route; raises re.error for a bad regular expression."""
    if text.startswith("regex:"):
        source = text.removeprefix("regex:").strip()
        return Pattern("regex", source, re.compile(source.encode()))
    if text.endswith("/*"):
        front = _literals(text[:-2])
        kind: PatternKind = "parameters" if "{" in text else "prefix"
        return Pattern(kind, text, re.compile(front + rb"(?:/(?P<rest>.*))?\Z", re.DOTALL))
    if "{" in text:
        return Pattern("parameters", text, re.compile(_literals(text) + rb"\Z"))
    return Pattern("exact", text, re.compile(_literal(text) + rb"\Z"))


def _literals(text: str) -> bytes:
    """The expression for literal text with `{name}` parameters, each one non-empty segment (or a part of one)."""
    pieces = _PARAMETER.split(text)
    return b"".join(
        _literal(piece) if index % 2 == 0 else b"(?P<%s>[^/]+)" % piece.encode() for index, piece in enumerate(pieces)
    )


def _literal(text: str) -> bytes:
    """The expression for a piece of path, however its encoded characters are spelled."""
    pieces: list[str] = []
    end = 0
    for found in _SPELLED.finditer(text):
        pieces += [re.escape(text[end : found.start()]), _spellings(found[0])]
        end = found.end()
    return "".join((*pieces, re.escape(text[end:]))).encode()


def _spellings(character: str) -> str:
    return "(?:~|%7[Ee])" if character.upper() in ("~", "%7E") else f"(?i:{character})"
