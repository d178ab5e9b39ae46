"""Sources of a text: `annotations` of a message."""

from typing import Any

from trigate.llm.conversation import Citation
from trigate.llm.node import Node

KIND = "url_citation"


def read_annotations(node: Node) -> list[Citation]:
    """Of a message or a delta."""
    return [_read(each) for each in node.nodes("annotations")]


def _read(node: Node) -> Citation:
    inner = node.node(KIND) if node.rest().get("type") == KIND else None
    if inner is None:
        return Citation(extra={"annotation": node.rest()})
    node.take("type")
    citation = Citation(
        url=inner.text("url"),
        title=inner.text("title"),
        quote=inner.text("content"),
        start=inner.integer("start_index"),
        end=inner.integer("end_index"),
    )
    if inner.rest():
        citation.extra[KIND] = inner.rest()
    citation.extra.update(node.rest())
    return citation


def write_annotation(citation: Citation, offset: int, length: int) -> dict[str, Any] | None:
    """One annotation of a text of `length` characters that begins at `offset`; None if the source has no address."""
    if not citation.url:
        return None
    inner: dict[str, Any] = {
        "url": citation.url,
        "title": citation.title,
        "start_index": offset + (citation.start or 0),
        "end_index": offset + (length if citation.end is None else citation.end),
    }
    if citation.quote:
        inner["content"] = citation.quote
    return {"type": KIND, KIND: inner}


def write_own_annotation(citation: Citation) -> dict[str, Any]:
    """As it was read."""
    if "annotation" in citation.extra:
        return citation.extra["annotation"]
    inner = {
        "url": citation.url or None,
        "title": citation.title or None,
        "content": citation.quote or None,
        "start_index": citation.start,
        "end_index": citation.end,
    }
    said = {name: value for name, value in inner.items() if value is not None}
    return {"type": KIND, **citation.extra, KIND: {**said, **citation.extra.get(KIND, {})}}
