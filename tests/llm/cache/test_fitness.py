"""Which answers may be kept."""

from typing import Any

import msgspec
import pytest

from trigate.llm.address import OPERATIONS
from trigate.llm.cache.fitness import LARGEST, may_be_kept
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.operation import Address

OPERATION = {each.name: each for each in OPERATIONS}
ANY, STILL = CacheSettings(), CacheSettings(sampled=False)


def fits(operation: str, body: dict[str, Any], rule: CacheSettings = ANY) -> bool:
    made = OPERATION[operation]
    by_path = operation in {"gemini_content", "bedrock_converse"}
    raw = msgspec.json.encode(body if by_path else {"model": "m", **body})
    return may_be_kept(made.decode(raw, Address(made, "m" if by_path else "")), rule)


@pytest.mark.parametrize("operation", ["openai_chat", "anthropic_messages", "cohere_chat", "openai_embeddings"])
def test_what_depends_on_the_ask_alone_may(operation: str):
    assert fits(operation, {"messages": [], "input": "x"})


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"store": False}, True),
        ({}, False),  # OpenAI keeps it then, and others may refer to it
        ({"store": True}, False),
        ({"store": None}, False),
        ({"store": False, "previous_response_id": "resp_1"}, False),
        ({"store": False, "conversation": "conv_1"}, False),
        ({"store": False, "background": True}, False),
        ({"store": False, "background": False, "previous_response_id": None}, True),
    ],
)
def test_responses_that_are_kept_elsewhere_may_not(more: dict[str, Any], expected: bool):
    assert fits("openai_responses", {"input": "x", **more}) is expected


def test_an_ask_that_is_very_large_may_not():
    assert [fits("openai_chat", {"messages": "x" * size}) for size in (LARGEST // 2, LARGEST)] == [True, False]


def test_what_is_no_answer_in_words_or_numbers_may_not():
    assert not fits("openai_images_generate", {"prompt": "x"})
    assert not fits("openai_speech", {"input": "x"})


def test_a_chat_that_is_to_be_kept_at_the_provider_may_not():
    assert [fits("openai_chat", {"store": each}) for each in (True, False, None)] == [False, True, True]


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("openai_chat", {"temperature": 0}, True),
        ("openai_chat", {"temperature": 0.0}, True),
        ("openai_chat", {"temperature": 0.1}, False),
        ("openai_chat", {"temperature": "0"}, False),
        ("openai_chat", {}, False),
        ("openai_embeddings", {"input": "x"}, True),
        ("gemini_content", {"generationConfig": {"temperature": 0}}, True),
        ("gemini_content", {"generationConfig": {}}, False),
        ("gemini_content", {"generationConfig": [0]}, False),
        ("bedrock_converse", {"inferenceConfig": {"temperature": 0}}, True),
        ("bedrock_converse", {"temperature": 0}, False),
    ],
)
def test_what_is_drawn_at_random_may_not_if_the_rule_says_so(operation: str, body: dict[str, Any], expected: bool):
    assert fits(operation, body, STILL) is expected
    assert fits(operation, body)


def test_rankings_and_moderations_may():
    assert fits("cohere_rerank", {"query": "x", "documents": ["y"]})
    assert fits("openai_moderations", {"input": "x"}, STILL)
    assert not fits("openai_completions", {"prompt": "x"}, STILL)
    assert fits("openai_completions", {"prompt": "x", "temperature": 0}, STILL)
