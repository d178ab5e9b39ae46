"""Documents and sources."""

from typing import Any

import pytest

from tests.llm.dialects.cohere_chat.scene import node
from trigate.llm.conversation import Citation, File, Media
from trigate.llm.dialects.cohere_chat.document import (
    read_citation,
    read_document,
    write_citation,
    write_document,
    write_own_citations,
)

SOURCE = {"type": "document", "id": "doc:1", "document": {"title": "t", "url": "u", "snippet": "s"}}
CITATION = {"start": 0, "end": 2, "text": "Hi", "sources": [SOURCE, {"type": "tool", "id": "x:0"}], "future": 1}


@pytest.mark.parametrize(
    ("document", "text", "name"),
    [
        ("A text.", "A text.", ""),
        ({"data": {"text": "a", "title": "t", "year": 1}, "id": "d"}, "a", "t"),
        ({"data": {"snippet": "a"}}, "a", ""),
        ({"data": {"temperature": 4, "title": "t"}}, '{"temperature":4,"title":"t"}', ""),
        ({"data": {}}, "{}", ""),
    ],
)
def test_a_document_has_a_text_and_comes_back_as_it_was(document: Any, text: str, name: str):
    file = read_document(document, "documents[0]")
    assert (file.text, file.name) == (text, name)
    assert write_document(file, own=True) == document


def test_a_document_of_another_dialect_is_data():
    file = File(media=Media(), text="a", name="t", context="c")
    assert write_document(file, own=False) == {"data": {"text": "a", "title": "t", "context": "c"}}


def test_a_citation_names_several_sources():
    first, second = citations = read_citation(node(CITATION))
    assert (first.document, first.title, first.url, first.quote) == (1, "t", "u", "s")
    assert (first.start, first.end) == (second.start, second.end) == (0, 2)
    assert second.title == "x:0"
    assert write_own_citations(citations) == [CITATION]


def test_a_source_of_another_dialect_is_a_document():
    written = write_citation(Citation(url="u", title="t", quote="q"), "Hi there", 5, 2)
    assert written == {
        "start": 5,
        "end": 13,
        "text": "Hi there",
        "sources": [{"type": "document", "document": {"title": "t", "url": "u", "text": "q"}, "id": "u"}],
        "content_index": 2,
        "type": "TEXT_CONTENT",
    }
    assert write_citation(Citation(document=3, start=0, end=2), "Hi there", 0, 0)["sources"][0]["id"] == "doc:3"
