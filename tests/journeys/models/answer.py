"""What a scripted model says, whatever language its provider has for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

INPUT, OUTPUT = 21, 9
"""Tokens that every answer says it used up."""
MADE = 1_790_000_000
"""Seconds since the epoch at which every answer was made."""


@dataclass
class Call:
    """A tool that the model asks for."""

    id: str
    name: str
    arguments: dict[str, Any]

    @property
    def text(self) -> str:
        """The arguments as JSON."""
        return json.dumps(self.arguments)


@dataclass
class Answer:
    """One answer: a thought with its signature, words, and calls, each of which may be missing."""

    text: str = ""
    calls: list[Call] = field(default_factory=list)
    thought: str = ""
    signature: str = ""
    """In base64, as most providers have it."""


def pieces(text: str) -> Iterator[str]:
    """A text as a model comes up with it."""
    for start in range(0, len(text), 5):
        yield text[start : start + 5]


def event(value: Any, kind: str = "") -> bytes:
    """A server-sent event."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data) if kind else b"data: %b\n\n" % data
