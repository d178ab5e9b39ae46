"""Sources of a text."""

from tests.llm.dialects.openai_chat.scene import node
from trigate.llm.conversation import Citation
from trigate.llm.dialects.openai_chat.citation import read_annotations, write_annotation, write_own_annotation

WRITTEN = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 1, "end_index": 4}}


def test_a_source_comes_back_as_it_was():
    (citation,) = read_annotations(node({"annotations": [{**WRITTEN, "future": 1}]}))
    assert (citation.url, citation.title, citation.start, citation.end) == ("u", "t", 1, 4)
    assert write_own_annotation(citation) == {**WRITTEN, "future": 1}


def test_a_source_of_another_kind_is_kept_as_it_is():
    (citation,) = read_annotations(node({"annotations": [{"type": "file_citation", "x": 1}]}))
    assert write_own_annotation(citation) == {"type": "file_citation", "x": 1}
    assert write_annotation(citation, 0, 1) is None


def test_a_source_without_places_covers_the_whole_text():
    written = write_annotation(Citation(url="u", quote="q"), 5, 3)
    assert written is not None
    assert written["url_citation"] == {"url": "u", "title": "", "start_index": 5, "end_index": 8, "content": "q"}
