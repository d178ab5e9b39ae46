"""Parts of the middle form, of an ask or of an answer, as Bedrock's blocks."""

import re
from hashlib import sha256
from typing import Any, cast

import msgspec

from trigate.llm.call_signature import tie
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
from trigate.llm.dialects.bedrock_converse.block_reader import NAME
from trigate.llm.dialects.bedrock_converse.citation import write_cited
from trigate.llm.dialects.bedrock_converse.form import write_form
from trigate.llm.dialects.bedrock_converse.seal import is_understood, seal, seal_redacted
from trigate.llm.loss import Losses
from trigate.llm.media_type import type_of_address, type_of_data
from trigate.llm.word import word

Written = dict[str, Any]
_IDENTIFIER = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_NO_NAME = re.compile(r"[^A-Za-z0-9\-()\[\] ]+")
_KINDS: dict[type[Part], str] = {Image: "image", Audio: "audio", Video: "video", File: "document"}


def unite(written: Written, extra: Written) -> Written:
    """Members that belong together again, at any depth."""
    found = dict(written)
    for name, value in extra.items():
        old = found.get(name)
        both = type(old) is dict and type(value) is dict
        found[name] = unite(cast("Written", old), cast("Written", value)) if both else value
    return found


def write_point(cache: Cache) -> Written:
    """A cache point."""
    point = {"type": "default"}
    return {"cachePoint": point | {"ttl": cache.ttl} if cache.ttl else point}


def write_id(said: str) -> str:
    """The identifier of a call; one that AWS does not take gives way to another that is always the same."""
    return said if _IDENTIFIER.fullmatch(said) else f"tg_{sha256(said.encode(errors='replace')).hexdigest()[:24]}"


def write_call_signature(identifier: str, signature: str, maker: str) -> Written:
    """The block that carries the signature of a call to the caller and back."""
    return {"reasoningContent": {"redactedContent": seal_redacted(tie(identifier, signature), maker)}}


class BlockWriter:
    """For one body that came in the words of `dialect`; `model` is empty if it goes to a caller of ours."""

    __slots__ = ("_dialect", "_losses", "_model", "_names", "own")

    def __init__(self, dialect: str, losses: Losses, model: str = "") -> None:
        self._dialect = dialect
        self._losses = losses
        self._model = model
        self._names: set[str] = set()
        self.own = dialect == NAME

    def path(self, member: str, below: str = "") -> str:
        """Where a member stood, in the words of those who said it."""
        return word(self._dialect, member, below)

    def write(self, parts: list[Part]) -> list[Written]:
        """The blocks of some parts, with their cache points."""
        blocks: list[Written] = []
        for part in parts:
            written = self._one(part)
            if isinstance(part, ToolCall) and part.signature and not self._model:
                blocks.append(write_call_signature(write_id(part.id), part.signature, part.maker))
            if written is not None:
                blocks.append(written)
            if part.cache is not None and blocks:
                blocks.append(write_point(part.cache))
            elif part.cache is not None:
                self._losses.drop(self.path("part", "cache"))
        return blocks

    def _one(self, part: Part) -> Written | None:
        written = self._written(part)
        if not part.extra or isinstance(part, Opaque):
            return written
        if not self.own:
            self._losses.drop_extra(self.path("part"), part.extra)
            return written
        return _guard(written, part.extra) if written is not None else None

    def _written(self, part: Part) -> Written | None:
        if isinstance(part, Text | Refusal):
            return self._text(part)
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

    def _text(self, part: Text | Refusal) -> Written | None:
        if isinstance(part, Text) and (part.citations or "pieces" in part.form):
            if not self.own:
                self._report_citations(part)
            return {"citationsContent": write_cited(part)}
        return {"text": part.text} if self.own or part.text.strip() else None

    def _report_citations(self, part: Text) -> None:
        for each in part.citations:
            if each.start is not None:
                self._losses.degrade(self.path("part", "citations"), "the whole text is covered")
            self._losses.drop_extra(self.path("part", "citations"), each.extra)
            each.extra = {}

    def _thought(self, part: Thought) -> Written | None:
        maker = part.maker
        if self._model and not self.own and not maker:
            self._losses.drop(self.path("thought"), "nothing proves it")
            return None
        if self._model and maker and not is_understood(maker, self._model):
            self._losses.drop(self.path("thought"), f"signed by {maker}")
            return None
        signer = "" if self._model else maker
        if part.redacted:
            return {"reasoningContent": {"redactedContent": seal_redacted(part.signature, signer)}}
        told: Written = {"text": part.text}
        if part.signature:
            told["signature"] = seal(part.signature, signer)
        return {"reasoningContent": {"reasoningText": told}}

    def _call(self, part: ToolCall) -> Written:
        call: Written = {"toolUseId": write_id(part.id), "name": part.name}
        if not (self.own and "input" in part.form):
            call["input"] = self.arguments(part)
        if part.signature and self._model:
            self._losses.drop(self.path("call", "signature"), f"signed by {part.maker}")
        return {"toolUse": call}

    def arguments(self, part: ToolCall) -> Any:
        """The arguments as JSON; Bedrock's tools take objects."""
        found: Any = None
        if not part.custom:
            try:
                found = msgspec.json.decode(part.arguments or "{}")
            except (msgspec.DecodeError, RecursionError):
                found = None
            if self.own or isinstance(found, dict):
                return cast("Any", found)
        self._losses.degrade(self.path("call", "arguments"), "an object whose `input` is the text")
        return {"input": part.arguments}

    def _result(self, part: ToolResult) -> Written:
        content: list[Written] = []
        for each in part.parts:
            block = _json_block(each) if self.own else None
            block = block or self._one(each)
            if block is not None:
                content.append(block if self.own else self._shown(block))
        result: Written = {"toolUseId": write_id(part.call), "content": content}
        if self.own and "status" in part.form:
            result["status"] = part.form["status"]
        elif part.failed:
            result["status"] = "error"
        return {"toolResult": result}

    def _shown(self, block: Written) -> Written:
        """A result has no cited texts and no sound."""
        if "citationsContent" in block:
            return block["citationsContent"]["content"][0]
        return block

    def _media(self, part: Image | Audio | Video | File) -> Written | None:
        kind = _KINDS[type(part)]
        form = self._form(part, kind)
        source = self._source(part)
        if not self.own:
            source = self._check(part, kind, form, source)
            if source is None:
                return None
        block: Written = {"format": form} if form else {}
        if isinstance(part, File):
            block |= self._about(part, form)
        return {kind: block | ({"source": source} if source else {})}

    def _form(self, part: Image | Audio | Video | File, kind: str) -> str:
        if self.own:
            return part.form.get("format", "")
        if isinstance(part, File) and part.text:
            return write_form(kind, part.media.mime or "text/plain")
        media = part.media
        return write_form(kind, media.mime or type_of_data(media.data) or type_of_address(media.url or media.file))

    def _source(self, part: Image | Audio | Video | File) -> Written:
        media = part.media
        if isinstance(part, File) and (part.text or "chunks" in part.form or "text" in part.form):
            return _chunks(part) if self.own and "chunks" in part.form else {"text": part.text}
        if media.data:
            return {"bytes": media.data}
        address = media.file or media.url
        return {"s3Location": {"uri": address}} if address.startswith("s3://") or (self.own and address) else {}

    def _check(self, part: Part, kind: str, form: str, source: Written) -> Written | None:
        """The source if AWS can do something with it; else what is lost is told."""
        if isinstance(part, Image) and part.detail not in {"", "auto"}:
            self._losses.drop(self.path("part", "detail"))
        if not source:
            self._losses.drop(self.path("part", kind), "only what is sent in place or lies in S3 is read")
        elif not form:
            self._losses.drop(self.path("part", kind), "of a form that is not read")
        return source if source and form else None

    def _about(self, part: File, form: str) -> Written:
        block: Written = {}
        if self.own:
            block = {"name": part.name} if part.name else {}
        else:
            block["name"] = self._name(part.name, form)
        if part.context:
            block["context"] = part.context
        if part.cited is not None:
            block["citations"] = {"enabled": part.cited}
        return block

    def _name(self, said: str, form: str) -> str:
        """A name of the letters that AWS takes, without what the form says already, and no document's twice."""
        stem = said.removesuffix(f".{form}")
        plain = " ".join(_NO_NAME.sub(" ", stem).split())[:190].rstrip() or "document"
        name, count = plain, 1
        while name in self._names:
            count += 1
            name = f"{plain} {count}"
        self._names.add(name)
        if said and name != stem:
            self._losses.degrade(self.path("part", "name"), name)
        return name


def _guard(written: Written, extra: Written) -> Written:
    """The members that only Bedrock knows, back in their places."""
    if "guardContent" not in extra:
        return unite(written, extra)
    rest = {name: value for name, value in extra.items() if name != "guardContent"}
    inner = {"text": {"text": written["text"]}} if "text" in written else written
    return {"guardContent": unite(inner, extra["guardContent"])} | rest


def _json_block(part: Part) -> Written | None:
    if isinstance(part, Text) and part.form.get("json"):
        try:
            return {"json": msgspec.json.decode(part.text)}
        except (msgspec.DecodeError, RecursionError):
            return None
    return None


def _chunks(part: File) -> Written:
    """The text of a document in as many pieces as it had."""
    lengths: list[int] = part.form["chunks"]
    if sum(lengths) != len(part.text):
        return {"text": part.text}
    pieces: list[Written] = []
    start = 0
    for length in lengths:
        pieces.append({"text": part.text[start : start + length]})
        start += length
    return {"content": pieces}
