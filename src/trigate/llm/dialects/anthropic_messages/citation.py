"""Citations: where in the documents of an ask, or on the web, a text was found."""

from trigate.llm.conversation import Citation
from trigate.llm.dialects.anthropic_messages.home import JSON, unite
from trigate.llm.node import Node

_KINDS = frozenset(
    {"char_location", "page_location", "content_block_location", "web_search_result_location", "search_result_location"}
)
_TITLED = "document_title"
"""What `title` is called where a document is cited."""


def read_citation(node: Node) -> Citation:
    """A citation of any kind; what only this dialect tells, such as pages, stays in `extra`."""
    title = node.text(_TITLED)
    citation = Citation(quote=node.text("cited_text"), document=node.integer("document_index"))
    citation.url = node.text("url")
    citation.title = title or node.text("title")
    citation.extra = node.rest()
    return citation


def is_own(citation: Citation) -> bool:
    """Whether it was read from this dialect."""
    return citation.extra.get("type") in _KINDS


def write_citation(citation: Citation) -> JSON:
    """A citation that this dialect made, as it was."""
    kind = citation.extra.get("type")
    written: JSON = {"type": kind, "cited_text": citation.quote}
    if citation.document is not None:
        written["document_index"] = citation.document
    if citation.url:
        written["url"] = citation.url
    written[_TITLED if citation.document is not None else "title"] = citation.title or None
    return unite(written, citation.extra)


def translate_citation(citation: Citation) -> JSON | None:
    """A citation of another dialect, as a result of a search on the web, or as one of a document; None if neither."""
    if citation.url:
        written = {"type": "web_search_result_location", "url": citation.url, "title": citation.title or None}
        return {**written, "cited_text": citation.quote, "encrypted_index": ""}
    if citation.document is None:
        return None
    return {
        "type": "char_location",
        "cited_text": citation.quote,
        "document_index": citation.document,
        "document_title": citation.title or None,
        "start_char_index": 0,
        "end_char_index": len(citation.quote),
    }
