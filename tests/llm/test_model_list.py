"""Each dialect's list of models, and its pages."""

from typing import Any

import pytest

from tests.llm.scene import Scene, settings
from trigate.core.request import Request
from trigate.llm.error import InvalidParameter
from trigate.llm.model_facts import ModelFacts
from trigate.llm.model_list import Card, Inquiry, inquired, tell_list, tell_one
from trigate.llm.settings import Model

FACTS = ModelFacts(context=200_000, most_output=64_000)
CARDS = [Card(name, 1_760_000_000, "p", FACTS) for name in "abcde"]
PAGED = {
    "anthropic_messages": (b"limit=2", b"limit=2&after_id="),
    "gemini_content": (b"pageSize=2", b"pageSize=2&pageToken="),
    "cohere_chat": (b"page_size=2", b"page_size=2&page_token="),
}


def asked(dialect: str, query: bytes) -> Inquiry:
    return inquired(b"", dialect, Request(b"GET", b"/v1/models", b"/v1/models", query, b"g", [], {}))


def names(dialect: str, told: dict[str, Any]) -> tuple[list[str], str]:
    """The models of a page, and what asks for the next one."""
    if dialect == "anthropic_messages":
        return [each["id"] for each in told["data"]], told["last_id"] if told["has_more"] else ""
    word = "nextPageToken" if dialect == "gemini_content" else "next_page_token"
    return [each["name"].removeprefix("models/") for each in told["models"]], told.get(word, "")


@pytest.mark.parametrize("dialect", PAGED)
def test_pages_follow_each_other_to_the_end(dialect: str):
    first, following = PAGED[dialect]
    pages: list[list[str]] = []
    page, token = names(dialect, tell_list(CARDS, asked(dialect, first)))
    pages.append(page)
    while token:
        page, token = names(dialect, tell_list(CARDS, asked(dialect, following + token.encode())))
        pages.append(page)
    assert pages == [["a", "b"], ["c", "d"], ["e"]]


def test_anthropics_pages_also_go_backwards():
    told = tell_list(CARDS, asked("anthropic_messages", b"before_id=e&limit=3"))
    assert ([each["id"] for each in told["data"]], told["has_more"], told["first_id"]) == (["b", "c", "d"], True, "b")
    told = tell_list(CARDS, asked("anthropic_messages", b"before_id=a"))
    assert told == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_openais_list_is_whole():
    told = tell_list(CARDS, asked("openai_chat", b"limit=1"))
    assert told["object"] == "list"
    assert [each["id"] for each in told["data"]] == list("abcde")


@pytest.mark.parametrize("query", [b"limit=0", b"limit=x", b"limit=-1", "limit=²".encode()])
def test_a_size_that_is_none_is_refused(query: bytes):
    with pytest.raises(InvalidParameter):
        asked("anthropic_messages", query)


def test_a_page_behind_a_model_that_is_gone_is_refused():
    with pytest.raises(InvalidParameter, match="first page"):
        tell_list(CARDS, asked("gemini_content", b"pageToken=z"))


def test_each_dialect_has_its_words_for_what_is_known():
    card = CARDS[0]
    assert tell_one(card, "openai_chat") == {"id": "a", "created": 1_760_000_000, "owned_by": "p", "object": "model"}
    anthropic = tell_one(card, "anthropic_messages")
    assert (anthropic["max_input_tokens"], anthropic["max_tokens"]) == (200_000, 64_000)
    assert anthropic["created_at"] == "2025-10-09T08:53:20Z"
    gemini = tell_one(card, "gemini_content")
    assert (gemini["name"], gemini["inputTokenLimit"], gemini["outputTokenLimit"]) == ("models/a", 200_000, 64_000)
    assert tell_one(card, "cohere_chat")["context_length"] == 200_000
    assert "max_tokens" not in tell_one(Card("x", 0, "p"), "anthropic_messages")


@pytest.mark.parametrize(
    ("path", "headers", "member"),
    [
        (b"/v1/models", {}, "object"),
        (b"/v1/models", {b"anthropic-version": b"2023-06-01"}, "first_id"),
        (b"/anthropic/v1/models", {}, "first_id"),
        (b"/v1beta/models", {}, "models"),
        (b"/cohere/v1/models", {}, "models"),
    ],
)
async def test_the_caller_decides_on_the_form(path: bytes, headers: dict[bytes, bytes], member: str):
    scene = await Scene().ask(b"", path, b"GET", list(headers.items()))
    assert (scene.status, member in scene.json) == (200, True)


async def test_what_is_known_of_a_model_is_told():
    llm = settings(models={"smart": Model(targets="openai/gpt-5.2")})
    scene = await Scene(llm=llm).ask(b"", b"/v1beta/models/smart", b"GET")
    assert scene.json["inputTokenLimit"] > 100_000
