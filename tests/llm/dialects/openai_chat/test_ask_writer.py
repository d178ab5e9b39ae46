"""An ask of another dialect, written."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import asked, read, said, write
from trigate.llm.conversation import OutputForm, Text

TURN = said(Text(text="Hi"))


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_the_bound_has_the_name_that_the_target_knows(field: str):
    body, _ = write(asked(TURN, most_output=5), max_tokens_field=field)
    assert body[field] == 5


def test_a_bound_that_the_target_would_not_read_is_written_in_its_words_too():
    body, _ = write(read(max_completion_tokens=5), max_tokens_field="max_tokens")
    assert body["max_tokens"] == body["max_completion_tokens"] == 5


def test_a_limit_lowers_every_bound():
    conversation = read(max_tokens=20, max_completion_tokens=10)
    conversation.most_output = 3
    body, _ = write(conversation)
    assert body["max_tokens"] == body["max_completion_tokens"] == 3


def test_a_stream_is_asked_for_its_usage_where_that_can_be():
    body, _ = write(asked(TURN, streamed=True))
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
    assert "stream_options" not in write(asked(TURN, streamed=True), counts_streams=False)[0]


@pytest.mark.parametrize(
    ("members", "losses"),
    [
        ({"top_k": 4}, [("top_k", "dropped")]),
        ({"metadata": {"a": "b"}}, [("metadata", "dropped")]),
        ({"service_tier": "odd"}, [("service_tier", "dropped")]),
        ({"betas": ["x"]}, [("anthropic-beta.x", "dropped")]),
        ({"stop": list("abcde")}, [("stop_sequences", "degraded")]),
        ({"extra": {"future": 1}}, [("future", "dropped")]),
    ],
)
def test_what_cannot_be_said_is_lost_by_name(members: dict[str, Any], losses: list[tuple[str, str]]):
    assert write(asked(TURN, **members))[1] == losses


def test_a_form_has_a_name():
    body, _ = write(asked(TURN, output=OutputForm(schema={"type": "object"}, strict=True)))
    assert body["response_format"]["json_schema"] == {"name": "answer", "schema": {"type": "object"}, "strict": True}
    assert write(asked(TURN, output=OutputForm()))[0]["response_format"] == {"type": "json_object"}


def test_kindred_members_of_the_other_dialect_of_openai_are_kept():
    body, losses = write(
        asked(
            TURN,
            dialect="openai_responses",
            extra={"prompt_cache_retention": "24h", "text.verbosity": "low", "include": []},
        )
    )
    assert (body["prompt_cache_retention"], body["verbosity"]) == ("24h", "low")
    assert losses == [("include", "dropped")]


def test_the_user_and_the_key_of_the_cache_are_told():
    body, _ = write(asked(TURN, user="u", cache_key="k", service_tier="standard_only"))
    assert (body["user"], body["prompt_cache_key"], body["service_tier"]) == ("u", "k", "default")
