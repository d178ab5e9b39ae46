"""What people and models read of a question, or of its answer: guards judge it as they judge what calls carry."""

from typing import Any

from msgspec import Raw

from trigate.core.parts import Data, Side
from trigate.mcp.envelope import encode, read_value

_READ = frozenset({"message", "systemPrompt", "text", "title", "description", "default", "enum", "enumNames"})
"""Members of a question whose texts are read (2026-07-28, elicitation, sampling); the others steer."""
_FILLED_IN = "action"
"""A member that only answers to elicitations have."""
_STEERS = frozenset({_FILLED_IN, "role", "model", "stopReason", "_meta"})
"""Members of an answer that steer; every other text in it is the caller's own."""
_STEERS_BELOW = frozenset({"type", "mimeType", "role", "_meta"})
"""The same below the answer itself, but for forms: their members are called whatever the server likes."""

Place = tuple[Any, Any]
"""An object or list, and where in it a text is."""


class Said:
    """The texts of one question or answer."""

    __slots__ = ("_is_form", "_is_question", "_places", "_whole")

    def __init__(self, raw: bytes | Raw, is_question: bool) -> None:
        """Raises DecodeError and RecursionError."""
        value = read_value(raw)
        self._whole: list[object] = [value]
        self._is_question = is_question
        self._is_form = isinstance(value, dict) and _FILLED_IN in value
        self._places: list[Place] = []
        self._find(self._whole, not is_question, 0)

    @property
    def raw(self) -> Raw:
        """All of it, as JSON."""
        return Raw(encode(self._whole[0]))

    def texts(self) -> list[str]:
        """Every text that is read, in order."""
        return [holder[at] for holder, at in self._places]

    def replace_texts(self, texts: list[str]) -> None:
        """Put back as many, in the same order."""
        for (holder, at), text in zip(self._places, texts, strict=True):
            holder[at] = text

    def _find(self, holder: Any, reads: bool, depth: int) -> None:
        """`reads` tells whether texts directly in a list are read, as those of the member that holds it are."""
        members: Any = holder.items() if hasattr(holder, "items") else enumerate(holder)
        for at, each in members:
            read = self._reads(at, depth) if isinstance(at, str) else reads
            if isinstance(each, dict | list):
                self._find(each, read, depth + 1)
            elif read and isinstance(each, str):
                self._places.append((holder, at))

    def _reads(self, member: str, depth: int) -> bool:
        if self._is_question:
            return member in _READ
        return member not in _STEERS if depth == 1 else self._is_form or member not in _STEERS_BELOW


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
