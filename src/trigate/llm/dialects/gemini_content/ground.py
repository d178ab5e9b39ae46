"""Grounding: which sources the pieces of a Gemini answer rest on, as citations of its texts, both ways.

Gemini counts in bytes of UTF-8, the middle form in characters.
"""

from typing import Any

from trigate.llm.conversation import Citation, Part, Text
from trigate.llm.dialects.gemini_content.spelling import read_below, read_list, read_node
from trigate.llm.node import Node, blame_provider

GROUNDING = "groundingMetadata"
RECITATION = "citationMetadata"


def read_grounding(metadata: Any) -> "Grounding":
    """`groundingMetadata`; raises UpstreamProtocolError."""
    node = read_node(metadata, blame_provider)
    chunks = [_chunk(each) for each in read_list(node, "groundingChunks", blame_provider)]
    supports = [_Support(each) for each in read_list(node, "groundingSupports", blame_provider)]
    return Grounding(chunks, supports, node.rest())


def _chunk(node: Node) -> Citation:
    for kind in ("web", "retrievedContext", "maps", "image"):
        source = read_below(node, kind, blame_provider)
        if source is not None:
            url = source.text("uri") or source.text("imageUri")
            citation = Citation(url=url, title=source.text("title"), quote=source.text("text"))
            below = {kind: source.rest()} if kind != "web" or source.rest() else {}
            citation.extra = below | node.rest()
            return citation
    return Citation(extra=node.rest())


class _Support:
    """A piece of the text, and the places of the chunks that it rests on."""

    __slots__ = ("chunks", "end", "extra", "part", "start")

    def __init__(self, node: Node) -> None:
        segment = read_below(node, "segment", blame_provider) or read_node({}, blame_provider)
        self.part = segment.integer("partIndex") or 0
        self.start, self.end = segment.integer("startIndex") or 0, segment.integer("endIndex")
        self.chunks = [each for each in node.items("groundingChunkIndices") if type(each) is int]
        self.extra = node.rest()


class Grounding:
    """Of one answer."""

    __slots__ = ("_chunks", "_supports", "rest")

    def __init__(self, chunks: list[Citation], supports: list[_Support], rest: dict[str, Any]) -> None:
        self._chunks = chunks
        self._supports = supports
        self.rest = rest
        """What says nothing of sources, such as the queries."""

    def citations(self, texts: dict[int, str]) -> list[tuple[int, Citation]]:
        """Each with the place of its part; `texts` are the texts by the places of their parts."""
        if not texts:
            return []
        found: list[tuple[int, Citation]] = []
        used: set[int] = set()
        for support in self._supports:
            place = support.part if support.part in texts else min(texts)
            for chunk in support.chunks:
                if 0 <= chunk < len(self._chunks):
                    used.add(chunk)
                    found.append((place, self._cite(self._chunks[chunk], support, texts[place])))
        rest = [(max(texts), each) for place, each in enumerate(self._chunks) if place not in used]
        return found + rest

    def _cite(self, source: Citation, support: _Support, text: str) -> Citation:
        data = text.encode(errors="replace")
        end = support.end if support.end is not None else len(data)
        return Citation(
            url=source.url,
            title=source.title,
            quote=source.quote,
            start=_characters(data, support.start),
            end=_characters(data, end),
            extra=source.extra | support.extra,
        )


def _characters(data: bytes, count: int) -> int:
    return len(data[: max(count, 0)].decode(errors="replace"))


def read_recitation(metadata: Any) -> list[Citation]:
    """`citationMetadata`; raises UpstreamProtocolError."""
    node = read_node(metadata, blame_provider)
    return [_recited(each) for each in read_list(node, "citations", blame_provider)]


def _recited(node: Node) -> Citation:
    start, end = node.integer("startIndex"), node.integer("endIndex")
    return Citation(url=node.text("uri"), title=node.text("title"), start=start, end=end, extra=node.rest())


def write_grounding(parts: list[Part]) -> dict[str, Any]:
    """`groundingMetadata` for the citations of some parts; empty if there are none."""
    chunks: dict[tuple[str, str, str], int] = {}
    supports: list[dict[str, Any]] = []
    written: list[dict[str, Any]] = []
    for place, part in enumerate(parts):
        for citation in part.citations if isinstance(part, Text) else ():
            key = citation.url, citation.title, citation.quote
            if key not in chunks:
                chunks[key] = len(written)
                written.append(_write_chunk(citation))
            if isinstance(part, Text) and citation.end is not None:
                supports.append(_write_support(citation, chunks[key], place, part.text))
    if not written:
        return {}
    return {"groundingChunks": written} | ({"groundingSupports": supports} if supports else {})


def _write_chunk(citation: Citation) -> dict[str, Any]:
    source = {"uri": citation.url, "title": citation.title}
    known = {name: value for name, value in source.items() if value}
    if citation.quote or not citation.url:
        return {"retrievedContext": known | {"text": citation.quote}}
    return {"web": known}


def _write_support(citation: Citation, chunk: int, place: int, text: str) -> dict[str, Any]:
    start, end = max(citation.start or 0, 0), max(citation.end or 0, 0)
    segment: dict[str, Any] = {
        "startIndex": len(text[:start].encode(errors="replace")),
        "endIndex": len(text[:end].encode(errors="replace")),
        "text": text[start:end],
    }
    if place:
        segment["partIndex"] = place
    return {"segment": segment, "groundingChunkIndices": [chunk]}
