"""The response object."""

from typing import Any

import pytest

from tests.llm.dialects.openai_responses.scene import ask
from trigate.core.clock import clock
from trigate.llm.dialects.openai_responses.response import echo, end_response, own_id, reason_of, start_response
from trigate.llm.reply import Stop, Tally

TOOL = {"type": "function", "name": "f", "parameters": {}}


def test_what_was_asked_is_repeated() -> None:
    said = echo(
        ask(
            instructions="Be kind.",
            tools=[TOOL, {"type": "web_search"}],
            tool_choice="required",
            reasoning={"effort": "low"},
            text={"format": {"type": "json_object"}, "verbosity": "low"},
            store=False,
            truncation="auto",
            user="u",
            previous_response_id="resp_0",
        )
    )
    assert said["instructions"] == "Be kind."
    assert said["tools"] == [TOOL, {"type": "web_search"}]
    assert said["tool_choice"] == "required"
    assert said["reasoning"] == {"effort": "low", "summary": None}
    assert said["text"] == {"format": {"type": "json_object"}, "verbosity": "low"}
    assert (said["store"], said["truncation"], said["user"], said["previous_response_id"]) == (
        False,
        "auto",
        "u",
        "resp_0",
    )


def test_what_was_not_asked_has_its_usual_value() -> None:
    said = echo(ask())
    assert (said["tools"], said["tool_choice"], said["store"], said["instructions"]) == ([], "auto", True, None)
    assert (said["text"], said["parallel_tool_calls"]) == ({"format": {"type": "text"}}, True)


def test_a_response_begins_now_if_nobody_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ns", lambda: 5 * 10**9)
    assert start_response("a", "m", 0)["created_at"] == 5
    assert start_response("a", "m", 7)["created_at"] == 7


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("end", None),
        ("tool", None),
        ("sequence", None),
        ("length", "max_output_tokens"),
        ("context", "max_output_tokens"),
        ("filter", "content_filter"),
        ("refusal", "content_filter"),
        ("other", None),
    ],
)
def test_why_it_ended_is_told_in_the_words_that_clients_know(stop: Stop, reason: str | None) -> None:
    response: dict[str, Any] = {}
    end_response(response, [], stop, None)
    assert response["status"] == ("completed" if reason is None else "incomplete")
    assert reason_of(stop, []) == reason


def test_a_refusal_in_words_is_a_complete_answer() -> None:
    assert reason_of("refusal", [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]) is None


@pytest.mark.parametrize(("tier", "told"), [("flex", "flex"), ("standard", "default"), ("", "default")])
def test_the_service_is_told_in_the_words_that_clients_know(tier: str, told: str) -> None:
    response: dict[str, Any] = {}
    end_response(response, [], "end", Tally(input=1, service_tier=tier))
    assert response["service_tier"] == told


def test_an_identifier_begins_as_clients_expect() -> None:
    assert own_id("resp_1", "resp_") == "resp_1"
    assert own_id("msg_1", "resp_") == "resp_msg_1"
    assert own_id("", "resp_").startswith("resp_")
