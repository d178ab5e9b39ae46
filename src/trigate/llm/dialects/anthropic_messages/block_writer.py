"""Parts of a conversation as blocks of an ask."""

from collections.abc import Callable
from typing import Any, ClassVar, cast

import msgspec

from trigate.llm.conversation import (
    Audio,
    Cache,
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
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER
from trigate.llm.dialects.anthropic_messages.media import document_source, mime_of, picture_source
from trigate.llm.dialects.anthropic_messages.tool_id import tool_id
from trigate.llm.loss import Losses
from trigate.llm.word import word

_decode = msgspec.json.Decoder().decode
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_TTLS = frozenset({"", "5m", "1h"})
_Write = Callable[["BlockWriter", Any], JSON | None]


class BlockWriter:
    """Writes the parts of an ask that was made in another dialect, and reports what cannot be written."""

    __slots__ = ("_dialect", "_losses", "_role")

    def __init__(self, dialect: str, losses: Losses) -> None:
        """`dialect`: the caller's."""
        self._dialect = dialect
        self._losses = losses
        self._role = "user"

    def write(self, parts: list[Part], role: str) -> list[JSON]:
        """The blocks of one turn; empty texts have none, as they are refused."""
        self._role = role
        return [block for part in parts if (block := self._write(part)) is not None]

    def drop(self, member: str, below: str = "", why: str = "") -> None:
        """Report in the caller's words what is left out."""
        self._losses.drop(word(self._dialect, member, below), why)

    def degrade(self, member: str, why: str, below: str = "") -> None:
        """Report in the caller's words what is said in another way."""
        self._losses.degrade(word(self._dialect, member, below), why)

    def cache(self, block: JSON, cache: Cache | None, member: str) -> None:
        """Mark a block or a tool."""
        if cache is None:
            return
        block["cache_control"] = mark = {"type": "ephemeral"}
        if cache.ttl:
            mark["ttl"] = cache.ttl if cache.ttl in _TTLS else "1h"
            if cache.ttl not in _TTLS:
                self.degrade(member, f"1h stands for {cache.ttl}", "cache")

    def _write(self, part: Part) -> JSON | None:
        member = _MEMBERS.get(type(part), "part")
        block = self._writers[type(part)](self, part)
        self._losses.drop_extra(word(self._dialect, member), part.extra)
        if part.cache is not None:
            if block is None or type(part) is Thought:
                self.drop(member, "cache")
            else:
                self.cache(block, part.cache, member)
        return block

    def _text(self, part: Text) -> JSON | None:
        if part.citations:
            self.drop("part", "citations")
        return {"type": "text", "text": part.text} if part.text else None

    def _refusal(self, part: Refusal) -> JSON | None:
        self.degrade("part", "a text", "refusal")
        return {"type": "text", "text": part.text} if part.text else None

    def _image(self, part: Image) -> JSON | None:
        source = picture_source(part.media)
        if part.detail and part.detail != "auto":
            self.drop("part", "detail")
        if source is None or self._role == "assistant":
            self.drop("part", "image", _why(part.media.file, self._role))
            return None
        if part.media.data and source["media_type"] not in _PICTURES:
            self.drop("part", "image", f"a picture of the form {mime_of(part.media) or 'unknown'!r}")
            return None
        return {"type": "image", "source": source}

    def _audio(self, part: Audio) -> JSON | None:
        if not part.transcript:
            self.drop("part", "audio")
            return None
        self.degrade("part", "its transcript", "audio")
        return {"type": "text", "text": part.transcript}

    def _video(self, part: Video) -> None:
        self.drop("part", "video")

    def _file(self, part: File) -> JSON | None:
        source = document_source(part)
        if source is None or self._role == "assistant":
            self.drop(
                "part", "file", _why(part.media.file, self._role) or f"a document of the form {part.media.mime!r}"
            )
            return None
        block: JSON = {"type": "document", "source": source}
        if part.name:
            block["title"] = part.name
        if part.context:
            block["context"] = part.context
        if part.cited is not None:
            block["citations"] = {"enabled": part.cited}
        return block

    def _thought(self, part: Thought) -> JSON | None:
        if not is_own(part):
            self.drop("thought", why=f"a thought signed by {part.maker}" if part.signature else "a thought not signed")
            return None
        if part.redacted:
            return {"type": "redacted_thinking", "data": part.signature}
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}

    def _call(self, part: ToolCall) -> JSON | None:
        if part.signature:
            self.drop("call", "signature", f"signed by {part.maker}")
        return {"type": "tool_use", "id": tool_id(part.id), "name": part.name, "input": self._arguments(part)}

    def _arguments(self, part: ToolCall) -> JSON:
        if part.custom:
            return {"input": part.arguments}
        found = arguments_of(part.arguments)
        if found is None:
            self.degrade("call", "arguments that are no JSON object, as the member `arguments` of one", "arguments")
            return {"arguments": part.arguments}
        return found

    def _result(self, part: ToolResult) -> JSON | None:
        role, self._role = self._role, "tool"
        block: JSON = {"type": "tool_result", "tool_use_id": tool_id(part.call)}
        content = [each for inner in part.parts if (each := self._write(inner)) is not None]
        self._role = role
        if len(content) == 1 and content[0].keys() == {"type", "text"}:
            block["content"] = content[0]["text"]
        elif content:
            block["content"] = content
        if part.failed:
            block["is_error"] = True
        return block

    def _opaque(self, part: Opaque) -> None:
        self.drop("part", part.kind)

    _writers: ClassVar[dict[type, _Write]] = {
        Text: _text,
        Refusal: _refusal,
        Image: _image,
        Audio: _audio,
        Video: _video,
        File: _file,
        Thought: _thought,
        ToolCall: _call,
        ToolResult: _result,
        Opaque: _opaque,
    }


_MEMBERS: dict[type, str] = {ToolCall: "call", ToolResult: "result", Thought: "thought"}


def is_own(thought: Thought) -> bool:
    """Whether Claude will know its signature; it is the same on Bedrock, where other models sign in other ways."""
    if not thought.signature:
        return False
    return thought.maker == MAKER or (thought.maker == "bedrock" and thought.signature.startswith("E"))


def arguments_of(text: str) -> JSON | None:
    """The object that a tool's arguments are; None if they are no JSON object."""
    if not text.strip():
        return {}
    try:
        found = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return cast(JSON, found) if type(found) is dict else None


def _why(file: str, role: str) -> str:
    if role == "assistant":
        return "not from an assistant"
    return "kept at another provider" if file else ""
