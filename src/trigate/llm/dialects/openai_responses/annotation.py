"""Sources of an answer's text, which Responses calls its annotations."""

from typing import Any

from trigate.llm.conversation import Citation
from trigate.llm.node import Fault, Node

_ADDRESS = "url_citation"
_FILE = "file_citation"
_KINDS = frozenset({_FILE, "container_file_citation", "file_path"})
"""Sources that no other dialect has."""


def read_annotations(values: list[Any], fault: Fault, path: str) -> list[Citation]:
    """The sources of one text."""
    return [read_annotation(each, fault, f"{path}[{place}]") for place, each in enumerate(values)]


def read_annotation(value: Any, fault: Fault, path: str) -> Citation:
    """One source: an address on the web, or a file kept at the provider, whose members only this dialect knows."""
    node = Node(value, fault, path)
    kind = node.text("type")
    if kind != _ADDRESS:
        title = node.text("filename")
        return Citation(title=title, extra={"type": kind, **node.rest()})
    return Citation(
        url=node.text("url"),
        title=node.text("title"),
        start=node.integer("start_index"),
        end=node.integer("end_index"),
        extra=node.rest(),
    )


def write_annotation(citation: Citation, length: int, *, home: bool) -> dict[str, Any]:
    """One source of a text of `length` characters; one without an address is told as a file, by its title.

    `home`: what is left over of it is this dialect's own.
    """
    kind = citation.extra.get("type")
    if kind in _KINDS or (home and kind is not None):
        name = {"filename": citation.title} if citation.title else {}
        return {**citation.extra, **name}
    if not citation.url:
        document = citation.document or 0
        place = length if citation.end is None else citation.end
        return {"type": _FILE, "file_id": f"document_{document}", "filename": citation.title, "index": place}
    return {
        "type": _ADDRESS,
        "url": citation.url,
        "title": citation.title,
        "start_index": citation.start or 0,
        "end_index": length if citation.end is None else citation.end,
        **(citation.extra if home else {}),
    }
