"""How probable tokens were."""

import pytest

from trigate.llm.dialects.openai_responses.logprob import tokens_of


def test_every_token_has_its_bytes() -> None:
    said = {
        "content": [{"token": "☁", "logprob": -1.0, "bytes": None, "top_logprobs": [{"token": "a", "logprob": -2.0}]}]
    }
    assert tokens_of(said) == [
        {
            "token": "☁",
            "logprob": -1.0,
            "bytes": [226, 152, 129],
            "top_logprobs": [{"token": "a", "logprob": -2.0, "bytes": [97]}],
        }
    ]


def test_bytes_that_are_told_stay() -> None:
    assert tokens_of({"content": [{"token": "a", "logprob": 0.0, "bytes": [1]}]})[0]["bytes"] == [1]


@pytest.mark.parametrize("said", [None, 3, [], {}, {"content": None}, {"content": [3, "x"]}])
def test_anything_else_is_no_token(said: object) -> None:
    assert tokens_of(said) == []
