"""Path patterns: exact, with parameters, prefix, regular expression; and which is the most specific."""

import re
from typing import Literal, NamedTuple

PatternKind = Literal["exact", "parameters", "regex", "prefix"]

_RANK: dict[PatternKind, int] = {"exact": 3, "parameters": 2, "regex": 1, "prefix": 0}
_PARAMETER = re.compile(r"\{(\w+)\}")


class Pattern(NamedTuple):
    """One compiled path pattern; sorts by specificity, the most specific last."""

    kind: PatternKind
    text: str
    expression: re.Pattern[bytes]
    """Matches the whole path; group `rest` holds what `/*` covers, other groups the parameters."""

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
    return Pattern("exact", text, re.compile(re.escape(text.encode()) + rb"\Z"))


def _literals(text: str) -> bytes:
    """The expression for literal text with `{name}` parameters, each one non-empty segment (or a part of one)."""
    pieces = _PARAMETER.split(text)
    return b"".join(
        re.escape(piece.encode()) if index % 2 == 0 else b"(?P<%s>[^/]+)" % piece.encode()
        for index, piece in enumerate(pieces)
    )
