"""What was said, in bytes of text."""

from typing import Any

import msgspec
import pytest

from trigate.llm.speech import spoken_in, spoken_tokens


@pytest.mark.parametrize(
    ("delta", "tokens"),
    [
        ({}, 0),
        ({"role": "assistant", "content": ""}, 0),
        ({"content": "a"}, 1),
        ({"content": "abcd"}, 1),
        ({"content": "abcde"}, 2),
        ({"content": "語語語語"}, 3),
        ({"content": None, "reasoning_content": "abcdefgh"}, 2),
        ({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"arguments": "{12345}"}}]}, 2),
        ({"refusal": "no"}, 1),
        (None, 0),
        ("text", 1),
    ],
)
def test_the_texts_of_a_delta_are_its_tokens(delta: Any, tokens: int):
    assert spoken_tokens({"choices": [{"index": 0, "delta": delta}]}, "delta") == tokens


def test_every_choice_speaks_for_itself():
    body = {"choices": [{"message": {"content": "a"}}, {"message": {"content": "b"}}, {}, 7]}
    assert spoken_in(msgspec.json.encode(body)) == 2


@pytest.mark.parametrize("body", [b"", b"words", b"[]", b"{}", b'{"choices":7}', b'{"choices":[[]]}', b"[" * 100_000])
def test_what_is_no_completion_says_nothing(body: bytes):
    assert spoken_in(body) == 0


def test_vectors_are_not_spoken():
    assert spoken_in(b'{"data":[{"embedding":"AAAAAAAAAAAA"}]}') == 0
