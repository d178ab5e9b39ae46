"""Sources of answers, in bytes and in characters."""

import pytest
from hypothesis import given

from tests.llm.dialects.gemini_content.scene import JSON
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Citation, Text
from trigate.llm.dialects.gemini_content.ground import read_grounding, read_recitation, write_grounding

TEXT = "Zürich 🌍 is dry."
CHUNK = {"web": {"uri": "https://a.test", "title": "A"}}


def support(start: int, end: int, *chunks: int) -> dict[str, object]:
    return {"segment": {"startIndex": start, "endIndex": end}, "groundingChunkIndices": list(chunks)}


def test_bytes_become_characters():
    grounding = read_grounding({"groundingChunks": [CHUNK], "groundingSupports": [support(8, 19, 0)]})
    ((place, citation),) = grounding.citations({0: TEXT})
    assert place == 0
    assert (citation.url, citation.title) == ("https://a.test", "A")
    assert TEXT[citation.start : citation.end] == "🌍 is dry"


def test_and_characters_bytes():
    part = Text(text=TEXT, citations=[Citation(url="https://a.test", start=7, end=8)])
    (written,) = write_grounding([part])["groundingSupports"]
    assert written["segment"] == {"startIndex": 8, "endIndex": 12, "text": "🌍"}


def test_a_source_that_no_piece_names_covers_the_answer():
    ((_, citation),) = read_grounding({"groundingChunks": [CHUNK]}).citations({0: TEXT})
    assert (citation.url, citation.start, citation.end) == ("https://a.test", None, None)


def test_places_that_there_are_not_say_nothing():
    grounding = read_grounding({"groundingChunks": [CHUNK], "groundingSupports": [support(0, 5, 7, -1)]})
    assert [each.start for _, each in grounding.citations({0: TEXT})] == [None]


def test_a_quoted_source_keeps_its_words():
    part = Text(text="a", citations=[Citation(title="T", quote="words")])
    assert write_grounding([part]) == {"groundingChunks": [{"retrievedContext": {"title": "T", "text": "words"}}]}
    ((_, found),) = read_grounding(write_grounding([part])).citations({0: "a"})
    assert (found.title, found.quote) == ("T", "words")


def test_no_text_has_no_sources():
    assert read_grounding({"groundingChunks": [CHUNK]}).citations({}) == []


def test_a_recitation_is_a_citation():
    (found,) = read_recitation({"citations": [{"startIndex": 1, "endIndex": 2, "uri": "u", "license": "mit"}]})
    assert found == Citation(url="u", start=1, end=2, extra={"license": "mit"})


@given(JSON)
def test_nonsense_is_the_providers_fault(value: object):
    for read in (read_grounding, read_recitation):
        try:
            read({"groundingChunks": value, "groundingSupports": value, "citations": value})
            read(value)
        except UpstreamProtocolError:
            pass


def test_a_wrong_type_is_told():
    with pytest.raises(UpstreamProtocolError):
        read_grounding({"groundingChunks": 5})
