"""Documents that an answer is to be grounded on, and the sources it names."""

from typing import Any, cast

import msgspec

from trigate.llm.conversation import Citation, File, Media
from trigate.llm.node import Node, blame_caller

_TEXTS = ("text", "snippet", "content")
"""Members of a document's data that hold its text, as is the custom."""
_PREFIX = "doc:"
"""What Cohere calls a document that has no `id` of its own, by its place."""


def read_document(value: Any, path: str) -> File:
    """A document of an ask: a text, or an object with data."""
    if type(value) is str:
        return File(media=Media(), text=value, form={"bare": True})
    document = Node(value, blame_caller, path)
    data = document.node("data")
    if data is None:
        document.refuse("data", "an object")
    file = _read_data(data)
    if identifier := document.text("id"):
        file.form["id"] = identifier
    file.extra.update(document.rest())
    return file


def _read_data(data: Node) -> File:
    """Data without a text of its own are told as they are, in JSON."""
    name = next((each for each in _TEXTS if type(data.rest().get(each)) is str), "")
    if not name:
        return File(media=Media(), text=msgspec.json.encode(data.rest()).decode(), form={"text": ""})
    file = File(media=Media(), text=data.text(name), name=_title(data), form={"text": name})
    if data.rest():
        file.extra["data"] = data.rest()
    return file


def _title(data: Node) -> str:
    return data.text("title") if type(data.rest().get("title")) is str else ""


def write_document(file: File, *, own: bool) -> Any:
    """The reverse."""
    if own and file.form.get("bare"):
        return file.text
    name: str = file.form.get("text", "text") if own else "text"
    data: dict[str, Any] = {name: file.text} if name else _read_json(file.text)
    if file.name:
        data["title"] = file.name
    if file.context:
        data["context"] = file.context
    written: dict[str, Any] = {"data": data}
    if own:
        data.update(file.extra.get("data", {}))
        written.update({name: value for name, value in file.extra.items() if name != "data"})
        if "id" in file.form:
            written["id"] = file.form["id"]
    return written


def _read_json(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {"text": text}


def read_citation(node: Node) -> list[Citation]:
    """One citation names several sources; the first carries it whole, for the way back."""
    whole = dict(node.rest())
    start, end = node.integer("start"), node.integer("end")
    sources = [_read_source(each, start, end) for each in node.nodes("sources")] or [Citation(start=start, end=end)]
    sources[0].form["whole"] = whole
    for each in sources[1:]:
        each.form["follows"] = True
    return sources


def _read_source(node: Node, start: int | None, end: int | None) -> Citation:
    identifier = node.text("id")
    told = node.object("document") or node.object("tool_output") or {}
    place = identifier.removeprefix(_PREFIX)
    return Citation(
        url=_said(told, "url"),
        title=_said(told, "title") or identifier,
        quote=next((said for name in _TEXTS if (said := _said(told, name))), ""),
        start=start,
        end=end,
        document=int(place) if identifier.startswith(_PREFIX) and place.isdigit() and len(place) < 7 else None,
    )


def _said(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if type(value) is str else ""


def write_citation(citation: Citation, text: str, offset: int, index: int) -> dict[str, Any]:
    """For a text that stands at `index` of the content; places it does not tell are those of the whole text."""
    start = citation.start if citation.start is not None else 0
    end = citation.end if citation.end is not None else len(text)
    document = {"title": citation.title, "url": citation.url, "text": citation.quote}
    source: dict[str, Any] = {"type": "document", "document": {name: said for name, said in document.items() if said}}
    source["id"] = f"{_PREFIX}{citation.document}" if citation.document is not None else citation.url or citation.title
    return {
        "start": offset + start,
        "end": offset + end,
        "text": text[start:end],
        "sources": [source],
        "content_index": index,
        "type": "TEXT_CONTENT",
    }


def write_own_citations(citations: list[Citation]) -> list[dict[str, Any]]:
    """As they were read."""
    return [cast("dict[str, Any]", each.form["whole"]) for each in citations if "whole" in each.form]
