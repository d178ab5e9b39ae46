"""One block of Bedrock's messages, of an ask or of an answer, read into the middle form."""

from typing import Any

import msgspec

from trigate.llm.conversation import (
    Audio,
    Cache,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from trigate.llm.dialects.bedrock_converse.citation import read_cited
from trigate.llm.dialects.bedrock_converse.form import read_form
from trigate.llm.dialects.bedrock_converse.seal import unseal, unseal_redacted
from trigate.llm.node import Node

NAME = "bedrock_converse"
Extra = dict[str, Any]


def read_blocks(nodes: list[Node]) -> list[Part]:
    """Blocks in their order; a cache point becomes a mark of the part before it."""
    parts: list[Part] = []
    for node in nodes:
        point = _read_point(node) if parts and parts[-1].cache is None else None
        if point is not None:
            parts[-1].cache = point
        else:
            parts.append(read_block(node))
    return parts


def _read_point(node: Node) -> Cache | None:
    """The mark that a block is; None if it is none, or one that says more."""
    match node.rest():
        case {"cachePoint": {"type": "default", **rest}, **others} if not others:
            match rest:
                case {"ttl": "5m" | "1h" as ttl, **more} if not more:
                    return Cache(ttl)
                case _:
                    return None if rest else Cache()
        case _:
            return None


def read_block(node: Node) -> Part:
    """A block; what is of no known kind stays as it is."""
    rest = node.rest()
    if rest.get("text") is not None:
        return Text(text=node.text("text"), extra=rest)
    for kind, read in _READERS.items():
        if type(rest.get(kind)) is dict and _is_callers(rest[kind]):
            held = node.node(kind)
            if held is not None:
                return _with(read(held), kind, held, rest)
        elif rest.get(kind) is not None and type(rest[kind]) is not dict:
            node.refuse(kind, "an object")
    return Opaque(dialect=NAME, kind=next(iter(rest), ""), value=rest)


def _is_callers(block: Extra) -> bool:
    """Whether it has nothing to do with tools that the provider runs itself."""
    return block.get("type") is None


def _with(part: Part, kind: str, held: Node, rest: Extra) -> Part:
    """What nobody took stays with the part, where it stood."""
    if isinstance(part, Opaque):
        return part
    part.extra |= rest
    if held.rest() or kind == "guardContent":
        part.extra[kind] = held.rest()
    return part


def _image(node: Node) -> Part:
    form = node.text("format")
    return Image(media=_media(node, read_form("image", form)), form={"format": form} if form else {})


def _video(node: Node) -> Part:
    form = node.text("format")
    return Video(media=_media(node, read_form("video", form)), form={"format": form} if form else {})


def _audio(node: Node) -> Part:
    form = node.text("format")
    return Audio(media=_media(node, read_form("audio", form)), form={"format": form} if form else {})


def _media(node: Node, mime: str) -> Media:
    """What `source` says; whatever it says besides stays there."""
    media = Media(mime=mime)
    source = node.node("source")
    if source is None:
        return media
    media.data = source.text("bytes")
    kept = source.node("s3Location")
    if kept is not None:
        media.file = kept.text("uri")
        if kept.rest():
            source.rest()["s3Location"] = kept.rest()
    if source.rest():
        node.rest()["source"] = source.rest()
    return media


def _document(node: Node) -> Part:
    form = node.text("format")
    part = File(
        media=Media(), name=node.text("name"), context=node.text("context"), form={"format": form} if form else {}
    )
    part.media = _media(node, read_form("document", form))
    citations = node.node("citations")
    if citations is not None:
        part.cited = citations.flag("enabled")
        if citations.rest() or part.cited is None:
            node.rest()["citations"] = citations.rest()
    _read_words(node, part)
    return part


def _read_words(node: Node, part: File) -> None:
    """A document that is text: in one piece, or in several."""
    source = node.rest().get("source")
    match source:
        case {"text": str(text), **rest}:
            part.text = text
            part.form["text"] = True
        case {"content": [*chunks], **rest} if chunks and all(_is_chunk(each) for each in chunks):
            part.text = "".join(each["text"] for each in chunks)
            part.form["chunks"] = [len(each["text"]) for each in chunks]
        case _:
            return
    node.take("source")
    if rest:
        node.rest()["source"] = rest


def _is_chunk(chunk: Any) -> bool:
    match chunk:
        case {"text": str(), **rest}:
            return not rest
        case _:
            return False


def _tool_use(node: Node) -> Part:
    value = node.take("input")
    call, name = node.need_text("toolUseId"), node.need_text("name")
    form: Extra = {} if value is not None else {"input": None}
    return ToolCall(
        id=call, name=name, arguments=msgspec.json.encode({} if value is None else value).decode(), form=form
    )


def _tool_result(node: Node) -> Part:
    parts: list[Part] = []
    for each in node.nodes("content"):
        if "json" in each.rest() and len(each.rest()) == 1:
            parts.append(Text(text=msgspec.json.encode(each.take("json")).decode(), form={"json": True}))
        else:
            parts.append(read_block(each))
    status = node.text("status")
    form: Extra = {"status": status} if status else {}
    return ToolResult(call=node.need_text("toolUseId"), parts=parts, failed=status == "error", form=form)


def _reasoning(node: Node) -> Part:
    redacted = node.text("redactedContent")
    if redacted:
        content, maker = unseal_redacted(redacted)
        return Thought(signature=content, maker=maker, redacted=True)
    told = node.node("reasoningText")
    if told is None:
        return Opaque(dialect=NAME, kind="reasoningContent", value={"reasoningContent": node.rest()})
    signature, maker = unseal(told.text("signature"))
    part = Thought(text=told.text("text"), signature=signature, maker=maker)
    if told.rest():
        node.rest()["reasoningText"] = told.rest()
    return part


def _guarded(node: Node) -> Part:
    text, image = node.node("text"), node.node("image")
    if text is not None:
        part = Text(text=text.text("text"))
        if text.rest():
            node.rest()["text"] = text.rest()
        return part
    if image is None:
        return Opaque(dialect=NAME, kind="guardContent", value={"guardContent": node.rest()})
    part = _image(image)
    if image.rest():
        node.rest()["image"] = image.rest()
    return part


_READERS = {
    "image": _image,
    "document": _document,
    "video": _video,
    "audio": _audio,
    "toolUse": _tool_use,
    "toolResult": _tool_result,
    "reasoningContent": _reasoning,
    "citationsContent": read_cited,
    "guardContent": _guarded,
}
