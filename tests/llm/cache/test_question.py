"""The last question of a chat, apart from the rest, in every dialect."""

from typing import Any

import msgspec
import pytest

from trigate.llm.address import OPERATIONS
from trigate.llm.cache.question import LARGEST, Question, find_question
from trigate.llm.operation import Address, Ask

OPERATION = {each.name: each for each in OPERATIONS}
USER = {"role": "user", "content": "What costs 12 or 7?"}
PARTS = [{"text": "What costs 12 or 7?"}]
TYPED = [{"type": "text", "text": "What costs 12 or 7?"}]


def read(operation: str, body: dict[str, Any] | bytes) -> Ask:
    made = OPERATION[operation]
    by_path = operation in {"gemini_content", "bedrock_converse"}
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body if by_path else {"model": "m", **body})
    return made.decode(raw, Address(made, "m" if by_path else ""))


def find(operation: str, body: dict[str, Any] | bytes, longest: int = 1000) -> Question | None:
    return find_question(read(operation, body), longest)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("openai_chat", {"messages": [{"role": "system", "content": "s"}, USER]}),
        ("openai_chat", {"messages": [{"role": "user", "content": TYPED}]}),
        ("anthropic_messages", {"system": "s", "messages": [USER]}),
        ("anthropic_messages", {"messages": [{"role": "user", "content": TYPED}]}),
        ("openai_responses", {"input": USER["content"]}),
        ("openai_responses", {"input": [{"role": "user", "content": [{"type": "input_text", **PARTS[0]}]}]}),
        ("gemini_content", {"contents": [{"parts": PARTS}]}),
        ("gemini_content", {"contents": [{"role": "user", "parts": PARTS}]}),
        ("bedrock_converse", {"messages": [{"role": "user", "content": PARTS}]}),
        ("cohere_chat", {"messages": [USER]}),
    ],
)
def test_it_is_found_in_every_dialect(operation: str, body: dict[str, Any]):
    found = find(operation, body)
    assert found is not None
    assert (found.text, found.numbers) == (USER["content"], "12 7")
    assert USER["content"].encode() not in msgspec.json.encode(found.rest)
    other = find(operation, msgspec.json.decode(msgspec.json.encode(body).replace(b"What costs", b"The cost of")))
    assert other is not None
    same = {name: msgspec.json.decode(raw) for name, raw in found.rest.items()}
    assert {name: msgspec.json.decode(raw) for name, raw in other.rest.items()} == same


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [USER, {"role": "assistant", "content": "x"}],
        [{"role": "tool", "content": "x"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": [*TYPED, *TYPED]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": [{"type": "tool_result", "text": "x"}]}],
        [{"role": "user", "content": [["x"]]}],
        ["x"],
        "x" * 2000,
        {"a": 1},
    ],
)
def test_what_is_no_question_of_one_text_has_none(messages: Any):
    assert find("openai_chat", {"messages": messages}) is None


def test_a_member_that_comes_twice_is_compared_with_nothing():
    body = b'{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}'
    assert find("openai_chat", body) is None


def test_what_is_too_long_is_not_taken_apart():
    assert find("openai_chat", {"messages": [USER]}, longest=5) is None
    long = {"role": "system", "content": "x" * LARGEST}
    assert find("openai_chat", {"messages": [long, USER]}) is None


def test_an_embedding_is_no_question():
    assert find("openai_embeddings", {"input": "x"}) is None


def test_whatever_else_is_said_stays_part_of_the_rest():
    one = find("openai_chat", {"messages": [{"role": "system", "content": "a"}, USER]})
    other = find("openai_chat", {"messages": [{"role": "system", "content": "b"}, USER]})
    named = find("openai_chat", {"messages": [{"role": "system", "content": "a"}, {**USER, "name": "ada"}]})
    rests = {bytes(each.rest["messages"]) for each in (one, other, named) if each is not None}
    assert len(rests) == 3
