"""Citations in Bedrock's words."""

from typing import Any

import pytest
from hypothesis import given

from tests.llm.dialects.bedrock_converse.scene import JSON
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Citation, Text
from trigate.llm.dialects.bedrock_converse.citation import read_citation, read_cited, write_citation, write_cited
from trigate.llm.node import Node, blame_provider


@pytest.mark.parametrize(
    "written",
    [
        {
            "title": "T",
            "sourceContent": [{"text": "words"}],
            "location": {"documentPage": {"documentIndex": 1, "start": 2}},
        },
        {"source": "a.pdf", "sourceContent": [{"text": "a"}, {"text": "b"}]},
        {"location": {"web": {"url": "https://a.test", "domain": "a.test"}}},
        {"location": {"searchResultLocation": {"searchResultIndex": 0, "start": 0, "end": 1}}},
        {},
    ],
)
def test_it_comes_back_as_it_was(written: dict[str, Any]):
    assert write_citation(read_citation(Node(written, blame_provider)), own=True) == written


def test_a_source_has_what_others_can_say():
    found = read_citation(
        Node(
            {
                "title": "T",
                "sourceContent": [{"text": "words"}],
                "location": {"web": {"url": "u"}, "documentChar": {"documentIndex": 3}},
            },
            blame_provider,
        )
    )
    assert (found.title, found.quote, found.url, found.document) == ("T", "words", "u", 3)


def test_cited_words_keep_their_pieces():
    written = {"content": [{"text": "a"}, {"text": "bc"}], "citations": [{"title": "T"}]}
    text = read_cited(Node(written, blame_provider))
    assert text.text == "abc"
    assert write_cited(text) == written
    text.text = "changed"
    assert write_cited(text)["content"] == [{"text": "changed"}]


def test_another_dialects_source_is_said():
    text = Text(text="a", citations=[Citation(url="https://a.test", title="T", document=1)])
    assert write_cited(text)["citations"] == [{"title": "T", "location": {"web": {"url": "https://a.test"}}}]


@given(JSON)
def test_nonsense_is_the_providers_fault(value: Any):
    for members in (value, {"location": value}, {"sourceContent": value}, {"location": {"web": value}}):
        try:
            read_citation(Node(members, blame_provider))
        except UpstreamProtocolError:
            continue
