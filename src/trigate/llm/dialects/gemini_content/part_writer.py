"""Parts of the middle form, of an ask or of an answer, in Gemini's words."""

from typing import Any, cast

import msgspec

from trigate.llm.conversation import (
    Audio,
    File,
    Image,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from trigate.llm.dialects.gemini_content.media_writer import write_media, write_own
from trigate.llm.dialects.gemini_content.part_reader import NAME, SIGNATURE, write_response
from trigate.llm.dialects.gemini_content.seal import MAKER, seal
from trigate.llm.loss import Losses
from trigate.llm.word import word

_SIGHT = {"low": "MEDIA_RESOLUTION_LOW", "high": "MEDIA_RESOLUTION_HIGH"}
Written = dict[str, Any]


class PartWriter:
    """For one body that came in the words of `dialect`, for Google (`seals` is false) or for a caller of ours."""

    __slots__ = ("_dialect", "_losses", "_names", "_seals", "own")

    def __init__(self, dialect: str, losses: Losses, *, seals: bool) -> None:
        self._dialect = dialect
        self._losses = losses
        self._seals = seals
        self._names: dict[str, str] = {}
        self.own = dialect == NAME

    def path(self, member: str, below: str = "") -> str:
        """Where a member stood, in the words of those who said it."""
        return word(self._dialect, member, below)

    def write(self, part: Part) -> Written | None:
        """A part; None if nothing can be said of it."""
        written = self._written(part)
        if part.cache is not None:
            self._losses.drop(self.path("part", "cache"))
        if part.extra and not isinstance(part, Opaque):
            self._merge(written, part)
        return written

    def _merge(self, written: Written | None, part: Part) -> None:
        if not self.own:
            self._losses.drop_extra(self.path("part"), part.extra)
        elif written is not None:
            for name, value in part.extra.items():
                below = written.get(name)
                written[name] = cast("Written", below) | value if type(below) is dict else value

    def _written(self, part: Part) -> Written | None:
        if isinstance(part, Text | Refusal):
            return {"text": part.text} if part.text or self.own else None
        if isinstance(part, Image | Audio | Video | File):
            return self._media(part)
        return self._written_other(part)

    def _written_other(self, part: Part) -> Written | None:
        if isinstance(part, Thought):
            return self._thought(part)
        if isinstance(part, ToolCall):
            return self._call(part)
        return self._result(part) if isinstance(part, ToolResult) else self._opaque(part)

    def _opaque(self, part: Part) -> Written | None:
        if not isinstance(part, Opaque):
            return None
        if part.dialect == NAME:
            return part.value
        self._losses.drop(self.path("part", part.kind))
        return None

    def _thought(self, part: Thought) -> Written | None:
        if part.maker not in {"", MAKER} and not self._seals:
            self._losses.drop(self.path("thought"), f"signed by {part.maker}")
            return None
        written: Written = {"text": part.text}
        if not part.redacted or part.maker != MAKER:
            written["thought"] = True
        if part.signature:
            written[SIGNATURE] = seal(part.signature, part.maker, redacted=part.redacted)
        return written

    def _call(self, part: ToolCall) -> Written:
        self._names[part.id] = part.name
        call: Written = {"id": part.id, "name": part.name, "args": self._arguments(part)}
        if self.own:
            call = {name: value for name, value in call.items() if name not in part.form}
        written: Written = {"functionCall": call}
        if part.signature and (part.maker in {"", MAKER} or self._seals):
            written[SIGNATURE] = seal(part.signature, part.maker)
        elif part.signature:
            self._losses.drop(self.path("call", "signature"), f"signed by {part.maker}")
        return written

    def _arguments(self, part: ToolCall) -> Written:
        """The arguments as the object that Gemini wants."""
        if not part.custom:
            try:
                found = msgspec.json.decode(part.arguments or "{}")
            except (msgspec.DecodeError, RecursionError):
                found = None
            if type(found) is dict:
                return found  # pyright: ignore[reportUnknownVariableType] - JSON
        self._losses.degrade(self.path("call", "arguments"), "an object whose `input` is the text")
        return {"input": part.arguments}

    def _result(self, part: ToolResult) -> Written:
        texts, parts = self._contents(part)
        response = write_response("\n".join(texts), part.failed) if texts else {}
        if part.failed and not texts:
            response = {"error": ""}
        name = part.name or self._names.get(part.call, "") or part.call
        result: Written = {"id": part.call, "name": name, "response": response}
        if self.own:
            result = {key: value for key, value in result.items() if key not in part.form}
        return {"functionResponse": result | {"parts": parts} if parts else result}

    def _contents(self, part: ToolResult) -> tuple[list[str], list[Written]]:
        """What a result says, and what it shows: Gemini has a place for each."""
        texts: list[str] = []
        parts: list[Written] = []
        for each in part.parts:
            written = self.write(each)
            if isinstance(each, Text):
                texts.append(each.text)
            elif written is not None and not self.own and "text" in written:
                texts.append(written["text"])
            elif written is not None:
                parts.append(written)
        return texts, parts

    def _media(self, part: Image | Audio | Video | File) -> Written | None:
        if self.own:
            written = write_own(part)
            if isinstance(part, File) and part.name:
                next(iter(written.values()))["displayName"] = part.name
            return written
        written = write_media(part)
        self._report(part)
        if written is not None:
            self._adorn(written, part)
            return written
        return self._stand_in(part)

    def _adorn(self, written: Written, part: Part) -> None:
        if isinstance(part, File) and part.name:
            next(iter(written.values()))["displayName"] = part.name
        if isinstance(part, Image) and part.detail in _SIGHT:
            written["mediaResolution"] = {"level": _SIGHT[part.detail]}

    def _stand_in(self, part: Part) -> Written | None:
        """What can be said of media that Google cannot come by."""
        text = part.text if isinstance(part, File) else part.transcript if isinstance(part, Audio) else ""
        kind = type(part).__name__.lower()
        if text:
            self._losses.degrade(self.path("part", kind), "its text")
            return {"text": text}
        self._losses.drop(self.path("part", kind), "kept at another provider")
        return None

    def _report(self, part: Part) -> None:
        if isinstance(part, Image) and part.detail not in {"", "auto", *_SIGHT}:
            self._losses.drop(self.path("part", "detail"))
        if isinstance(part, File):
            if part.context:
                self._losses.drop(self.path("part", "context"))
            if part.cited is not None:
                self._losses.drop(self.path("part", "citations"))
