"""Questions in the words of each revision."""

import json
from typing import Any

import pytest
from msgspec import Raw

from trigate.mcp.fault import QuestionFailed
from trigate.mcp.question import Question
from trigate.mcp.rephrase import rephrase
from trigate.mcp.version import MODERN

RICH: dict[str, Any] = {
    "mode": "form",
    "message": "Which?",
    "requestedSchema": {
        "type": "object",
        "properties": {
            "size": {"type": "string", "oneOf": [{"const": "s", "title": "Small"}, {"const": "l"}], "default": "s"},
            "count": {"type": "integer", "default": 3, "minimum": 1},
        },
        "required": ["size"],
    },
}


def ask(method: str, params: dict[str, Any], version: str) -> Any:
    return json.loads(bytes(rephrase(Question(method, Raw(json.dumps(params).encode())), version).params))


@pytest.mark.parametrize("version", ["2025-11-25", MODERN])
def test_newer_callers_get_the_very_bytes(version: str):
    question = Question("elicitation/create", Raw(json.dumps(RICH).encode()))
    assert rephrase(question, version) is question
    assert rephrase(Question("roots/list", Raw(b"")), version).params == Raw(b"")


def test_a_caller_of_2025_06_18_gets_what_it_knows():
    assert ask("elicitation/create", RICH, "2025-06-18") == {
        "message": "Which?",
        "requestedSchema": {
            "type": "object",
            "properties": {
                "size": {"type": "string", "enum": ["s", "l"], "enumNames": ["Small", "l"]},
                "count": {"type": "integer", "minimum": 1},
            },
            "required": ["size"],
        },
    }


def test_a_caller_of_2025_06_18_cannot_be_asked_for_several_choices():
    several = {"message": "?", "requestedSchema": {"properties": {"a": {"type": "array"}}}}
    with pytest.raises(QuestionFailed, match="several choices"):
        ask("elicitation/create", several, "2025-06-18")


def test_the_id_of_a_page_is_for_the_older_protocol_alone():
    page = {"mode": "url", "url": "https://x.example/", "message": "m", "elicitationId": "e"}
    assert ask("elicitation/create", page, "2025-11-25") == page
    assert "elicitationId" not in ask("elicitation/create", page, MODERN)


def test_what_concerns_the_servers_hop_alone_stays_there():
    params = {
        "maxTokens": 1,
        "task": {"ttl": 1},
        "future": [1.5],
        "_meta": {"progressToken": 1, "io.modelcontextprotocol/x": 1, "example.org/kept": 1},
    }
    assert ask("sampling/createMessage", params, MODERN) == {
        "maxTokens": 1,
        "future": [1.5],
        "_meta": {"example.org/kept": 1},
    }
    assert ask("roots/list", {"_meta": {"progressToken": 1}}, MODERN) == {}


@pytest.mark.parametrize("params", [b"[]", b"5", b'{"a":', b"[" * 5000])
def test_params_that_are_no_object_are_not_passed_on(params: bytes):
    with pytest.raises(QuestionFailed):
        rephrase(Question("elicitation/create", Raw(params)), MODERN)


@pytest.mark.parametrize(
    "schema", [5, {"properties": 5}, {"properties": {"a": 5}}, {"properties": {"a": {"oneOf": 5}}}]
)
def test_schemas_that_are_none_do_no_harm(schema: Any):
    asked = ask("elicitation/create", {"message": "m", "requestedSchema": schema}, "2025-06-18")
    assert asked["message"] == "m"
