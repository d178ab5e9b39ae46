"""Blocks of content, of a caller's ask or of a provider's answer, into the middle form."""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from trigate.llm.conversation import (
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
)
from trigate.llm.dialects.anthropic_messages.citation import read_citation
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER, NAME, blanks
from trigate.llm.node import Node
from trigate.llm.signature import read_carried

PIECES = "pieces"
"""Where the form of a document keeps its source, if that is a list of pieces."""
_MEDIA = frozenset({"base64", "url", "file"})
_encode = msgspec.json.Encoder().encode


def read_blocks(nodes: list[Node]) -> list[Part]:
    """Each block; one of a kind that only this dialect knows stays as it is (`Opaque`)."""
    return [read_block(node) for node in nodes]


def read_block(node: Node) -> Part:
    """One block."""
    members = node.rest()
    kind = members.get("type")
    if type(kind) is not str:
        node.refuse("type", "a text")
    read = _READERS.get(kind)
    part = read(node) if read is not None else None
    if part is None:
        return Opaque(dialect=NAME, kind=kind, value=dict(members))
    return part


def read_cache(node: Node) -> Cache | None:
    """The mark of a block or a tool; what it says besides its time to live is left in `cache_control`."""
    mark = node.node("cache_control")
    if mark is None:
        return None
    if mark.rest().get("type") == "ephemeral":
        mark.take("type")
    cache = Cache(mark.text("ttl"))
    leave(node, "cache_control", mark)
    return cache


def leave(node: Node, name: str, inner: Node) -> None:
    """Put what nobody took of an inner object back into the outer one."""
    if inner.rest():
        node.rest()[name] = inner.rest()


def _finish(part: Part, node: Node, form: JSON) -> Part:
    part.cache = read_cache(node)
    node.take("type")
    part.extra = node.rest()
    if form:
        part.form = {**form, **part.form}
    return part


def _read_text(node: Node) -> Part:
    form = blanks(node.rest())
    text = Text(text=node.need_text("text"))
    citations = node.nodes("citations")
    if citations:
        text.citations = [read_citation(each) for each in citations]
    return _finish(text, node, form)


def _read_image(node: Node) -> Part | None:
    if _source_kind(node) not in _MEDIA:
        return None
    form = blanks(node.rest())
    return _finish(Image(media=_read_media(node)), node, form)


def _read_document(node: Node) -> Part | None:
    kind = _source_kind(node)
    if kind not in _MEDIA and kind not in {"text", "content"}:
        return None
    form = blanks(node.rest())
    file = _read_source(node, kind)
    file.name, file.context = node.text("title"), node.text("context")
    citations = node.node("citations")
    if citations is not None:
        file.cited = citations.flag("enabled")
        leave(node, "citations", citations)
    return _finish(file, node, form)


def _read_source(node: Node, kind: str) -> File:
    if kind == "content":
        source = cast(JSON, node.take("source"))
        return File(media=Media(mime="text/plain"), text=said_in(source.get("content")), form={PIECES: source})
    if kind != "text":
        return File(media=_read_media(node))
    source = _source(node)
    source.take("type")
    file = File(media=Media(mime=source.text("media_type")), text=source.need_text("data"))
    leave(node, "source", source)
    return file


def _read_media(node: Node) -> Media:
    source = _source(node)
    kind = source.need_text("type")
    if kind == "base64":
        media = Media(data=source.need_text("data"), mime=source.text("media_type"))
    elif kind == "url":
        media = Media(url=source.need_text("url"))
    else:
        media = Media(file=source.need_text("file_id"))
    leave(node, "source", source)
    return media


def _source(node: Node) -> Node:
    return node.node("source") or node.refuse("source", "an object")


def _source_kind(node: Node) -> str:
    """How a document or a picture is given; it stays there."""
    source = node.rest().get("source")
    if type(source) is not dict:
        node.refuse("source", "an object")
    kind = cast(JSON, source).get("type")
    return kind if type(kind) is str else ""


def said_in(content: Any) -> str:
    """The texts of a block's content, one after the other."""
    if type(content) is str:
        return content
    blocks = cast("list[Any]", content) if type(content) is list else []
    said = [cast(JSON, each).get("text") for each in blocks if type(each) is dict]
    return "\n\n".join(each for each in said if type(each) is str)


def _read_search_result(node: Node) -> Part:
    """A text with its source; the block itself stays beside, since its pieces can be cited one by one."""
    block = dict(node.rest())
    file = File(media=Media(mime="text/plain"), text=said_in(node.take("content")))
    file.name, file.context = node.text("title"), node.text("source")
    file.cache = read_cache(node)
    file.form = {"search_result": block}
    return file


def _read_thinking(node: Node) -> Part:
    form = blanks(node.rest())
    signature, maker = read_carried(node.text("signature"), MAKER)
    return _finish(Thought(text=node.text("thinking"), signature=signature, maker=maker), node, form)


def _read_redacted(node: Node) -> Part:
    form = blanks(node.rest())
    signature, maker = read_carried(node.need_text("data"), MAKER)
    return _finish(Thought(signature=signature, maker=maker, redacted=True), node, form)


def _read_call(node: Node) -> Part:
    form = blanks(node.rest())
    call = ToolCall(id=node.need_text("id"), name=node.need_text("name"))
    arguments = node.object("input")
    if arguments is None:
        node.refuse("input", "an object")
    call.arguments = _encode(arguments).decode()
    return _finish(call, node, form)


def _read_result(node: Node) -> Part:
    form = blanks(node.rest())
    result = ToolResult(call=node.need_text("tool_use_id"), failed=node.flag("is_error") or False)
    if type(node.rest().get("content")) is str:
        said = node.text("content")
        result.parts = [Text(text=said)] if said else []
        form["content"] = ""
    else:
        result.parts = read_blocks(node.nodes("content"))
    return _finish(result, node, form)


_READERS: dict[str, Callable[[Node], Part | None]] = {
    "text": _read_text,
    "image": _read_image,
    "document": _read_document,
    "search_result": _read_search_result,
    "thinking": _read_thinking,
    "redacted_thinking": _read_redacted,
    "tool_use": _read_call,
    "tool_result": _read_result,
}
