"""Citations come back as they were, and those of other dialects look like results of a search."""

import pytest

from trigate.llm.conversation import Citation
from trigate.llm.dialects.anthropic_messages.citation import is_own, read_citation, translate_citation, write_citation
from trigate.llm.node import Node, blame_provider

PAGE = {
    "type": "page_location",
    "cited_text": "It rains.",
    "document_index": 2,
    "document_title": "Weather",
    "start_page_number": 1,
    "end_page_number": 2,
}
WEB = {"type": "web_search_result_location", "cited_text": "", "url": "https://a.example", "title": None}


@pytest.mark.parametrize("citation", [PAGE, {**WEB, "encrypted_index": "E"}, {**PAGE, "document_title": None}])
def test_a_citation_comes_back_as_it_was(citation: dict[str, object]) -> None:
    read = read_citation(Node(citation, blame_provider))
    assert is_own(read)
    assert write_citation(read) == citation


def test_a_page_is_a_document_with_a_title() -> None:
    read = read_citation(Node(PAGE, blame_provider))
    assert (read.document, read.title, read.quote) == (2, "Weather", "It rains.")


def test_an_address_of_another_dialect_is_a_result_of_a_search() -> None:
    written = translate_citation(Citation(url="https://a.example", title="A", quote="q", start=1, end=2))
    assert written == {**WEB, "title": "A", "cited_text": "q", "encrypted_index": ""}


def test_a_document_of_another_dialect_is_cited_by_its_place() -> None:
    written = translate_citation(Citation(document=1, quote="abc"))
    assert written is not None
    assert (written["type"], written["document_index"], written["end_char_index"]) == ("char_location", 1, 3)


def test_a_citation_of_nothing_cannot_be_told() -> None:
    assert translate_citation(Citation(quote="q", extra={"type": "file_citation"})) is None
    assert not is_own(Citation(extra={"type": "file_citation"}))
