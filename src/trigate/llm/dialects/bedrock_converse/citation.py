"""Citations in Bedrock's words, both ways: they tell a place in the source, not in the answer."""

from typing import Any

from trigate.llm.conversation import Citation, Text
from trigate.llm.node import Node

_PLACES = ("documentChar", "documentPage", "documentChunk")


def read_cited(node: Node) -> Text:
    """A `citationsContent` block."""
    pieces = [each.text("text") for each in node.nodes("content")]
    text = Text(text="".join(pieces), citations=[read_citation(each) for each in node.nodes("citations")])
    text.form["pieces"] = [len(each) for each in pieces]
    return text


def read_citation(node: Node) -> Citation:
    """One source."""
    citation = Citation(title=node.text("title"))
    quoted = node.take("sourceContent")
    match quoted:
        case [{"text": str(words), **rest}] if not rest:
            citation.quote = words
        case None:
            pass
        case _:
            citation.extra["sourceContent"] = quoted
    location = node.node("location")
    if location is not None:
        _read_location(location, citation)
    citation.extra |= node.rest()
    return citation


def _read_location(node: Node, citation: Citation) -> None:
    web = node.node("web")
    if web is not None:
        citation.url = web.text("url")
        if web.rest():
            node.rest()["web"] = web.rest()
    for name in _PLACES:
        place = node.node(name)
        if place is not None:
            citation.document = place.integer("documentIndex")
            node.rest()[name] = place.rest()
    if node.rest():
        citation.extra["location"] = node.rest()


def write_cited(text: Text) -> dict[str, Any]:
    """A `citationsContent` block, in as many pieces as it had."""
    lengths: list[int] = text.form.get("pieces", [])
    pieces = [text.text]
    if sum(lengths) == len(text.text):
        pieces, start = list[str](), 0
        for length in lengths:
            pieces.append(text.text[start : start + length])
            start += length
    content = [{"text": each} for each in pieces]
    return {"content": content, "citations": [write_citation(each, own=True) for each in text.citations]}


def write_citation(citation: Citation, *, own: bool) -> dict[str, Any]:
    """One source."""
    written: dict[str, Any] = {}
    if citation.title:
        written["title"] = citation.title
    if citation.quote:
        written["sourceContent"] = [{"text": citation.quote}]
    extra = citation.extra if own else {}
    location = _location(citation, extra.get("location", {}))
    if location:
        written["location"] = location
    return written | {name: value for name, value in extra.items() if name != "location"}


def _location(citation: Citation, rest: dict[str, Any]) -> dict[str, Any]:
    location = dict(rest)
    if citation.url:
        location["web"] = {"url": citation.url} | rest.get("web", {})
    name = next((each for each in _PLACES if each in rest), "")
    if citation.document is not None:
        if name:
            location[name] = {"documentIndex": citation.document} | rest[name]
        elif not location:
            location["documentChar"] = {"documentIndex": citation.document}
    return location
