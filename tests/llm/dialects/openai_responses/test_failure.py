"""Errors as callers of Responses see them."""

import json

import pytest

from tests.llm.dialects.openai_responses.scene import parse
from tests.llm.wire.openai_responses import check_reply
from trigate.core.errors import BudgetReached, GatewayError, Overloaded, RateReached, StreamBroken
from trigate.llm.dialects.openai_responses.failure import error_event, failed_response, write_error, write_failure
from trigate.llm.error import InvalidParameter


def test_an_error_has_the_envelope_of_openai() -> None:
    assert json.loads(write_error(InvalidParameter("`input` is wrong", "input"))) == {
        "error": {
            "message": "`input` is wrong",
            "type": "invalid_request_error",
            "param": "input",
            "code": "request.invalid_parameter",
        }
    }


@pytest.mark.parametrize(
    ("error", "code", "failed"),
    [
        (RateReached("Slow."), "rate_limit_exceeded", "rate_limit_exceeded"),
        (BudgetReached("Poor."), "insufficient_quota", "insufficient_quota"),
        (Overloaded("Full."), "overloaded", "server_error"),
        (StreamBroken("Gone."), "upstream.stream_broken", "server_error"),
        (InvalidParameter("Bad.", "input"), "request.invalid_parameter", "invalid_prompt"),
    ],
)
def test_a_stream_ends_with_an_error_and_a_failed_response(error: GatewayError, code: str, failed: str) -> None:
    told, last = parse(write_failure(error))
    assert (told["type"], told["code"], told["error"]["message"]) == ("error", code, error.message)
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert last["response"]["error"] == {"code": failed, "message": error.message}
    check_reply(json.dumps(last["response"]).encode())


def test_a_code_that_clients_act_upon_is_told_as_it_is() -> None:
    assert (
        failed_response({}, "Too long.", "context_length_exceeded", 400)["error"]["code"] == "context_length_exceeded"
    )


def test_an_error_without_a_code_has_none() -> None:
    assert error_event("x", "", 500)["code"] is None
