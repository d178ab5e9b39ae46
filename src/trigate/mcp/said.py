"""What people and models read of a question, or of its answer: guards judge it as they judge what calls carry."""

from typing import Any, cast

from msgspec import Raw

from trigate.core.parts import Data, Side
from trigate.mcp.envelope import encode, read_value

_READ = frozenset({"message", "systemPrompt", "text", "title", "description", "enum", "enumNames"})
"""Members of a question whose texts are read (2026-07-28, elicitation, sampling); the others steer."""
_UNREAD = frozenset({"type", "mimeType", "role", "action", "model", "stopReason", "_meta"})
"""Members of an answer that steer; every other text in it is the caller's own."""

Place = tuple[Any, Any]
"""An object or list, and where in it a text is."""


class Said:
    """The texts of one question or answer."""

    __slots__ = ("_places", "_value")

    def __init__(self, raw: bytes | Raw, is_question: bool) -> None:
        """Raises DecodeError and RecursionError."""
        self._value: Any = read_value(raw)
        self._places: list[Place] = []
        self._find(self._value, is_question, not is_question)

    @property
    def raw(self) -> Raw:
        """All of it, as JSON."""
        return Raw(encode(self._value))

    def texts(self) -> list[str]:
        """Every text that is read, in order."""
        return [holder[at] for holder, at in self._places]

    def replace_texts(self, texts: list[str]) -> None:
        """Put back as many, in the same order."""
        for (holder, at), text in zip(self._places, texts, strict=True):
            holder[at] = text

    def _find(self, value: object, is_question: bool, reads: bool) -> None:
        """`reads` tells whether texts directly in a list are read, as those of the member that holds it are."""
        if isinstance(value, dict):
            for key, each in cast("dict[str, object]", value).items():
                read = key in _READ if is_question else key not in _UNREAD
                self._take(value, key, each, is_question, read)
        elif isinstance(value, list):
            for at, each in enumerate(cast("list[object]", value)):
                self._take(value, at, each, is_question, reads)

    def _take(self, holder: Any, at: Any, each: object, is_question: bool, reads: bool) -> None:
        if not isinstance(each, str):
            self._find(each, is_question, reads)
        elif reads:
            self._places.append((holder, at))


class Answered(Data):
    """An answer to a question (core.verdict.Content): whatever way it comes, the caller's side says it."""

    side: Side = "ask"
    said: Any = None

    async def forward(self) -> Data:
        """As guards have left it."""
        return Data(self.payload)

    def texts(self) -> list[str]:
        """Those of the answer."""
        self.said = Said(self.payload, is_question=False)
        return self.said.texts()

    def replace_texts(self, texts: list[str]) -> None:
        """Answer this instead."""
        self.said.replace_texts(texts)
        self.payload = bytes(self.said.raw)
