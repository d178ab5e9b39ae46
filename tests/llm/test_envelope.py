"""Errors as OpenAI's clients expect them: every error there is, in both forms."""

import msgspec
import pytest

from tests.house.test_error import every_error
from trigate.core.errors import (
    BudgetReached,
    GatewayError,
    InternalError,
    Overloaded,
    TokensReached,
    Unauthenticated,
    UpstreamRefused,
    UpstreamTimeout,
)
from trigate.core.parts import Data, Head, Part
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.envelope import envelope, error_parts, event, kind
from trigate.llm.error import InvalidParameter


def told(error: GatewayError) -> tuple[Part, ...]:
    """The whole answer to a caller of OpenAI's chats."""
    return error_parts(error, find_chat_dialect("openai_chat").write_error(error))


def made(error: type[GatewayError]) -> GatewayError:
    """One of its kind, whatever more its own constructor asks for."""
    if error is InvalidParameter:
        return InvalidParameter("what to do", "n")
    found = error.__new__(error)
    GatewayError.__init__(found, "what to do")
    return found


@pytest.mark.parametrize("error", every_error())
def test_every_error_has_its_envelope(error: type[GatewayError]):
    head, data = told(made(error))
    assert isinstance(head, Head)
    assert isinstance(data, Data)
    assert head.status == error.status
    found = msgspec.json.decode(data.payload)["error"]
    assert list(found) == ["message", "type", "param", "code"]
    assert found["message"] == "what to do"
    assert found["type"] == kind(error.status)
    assert found["code"]


@pytest.mark.parametrize("error", [InternalError, UpstreamTimeout, Overloaded])
def test_in_a_stream_an_error_is_one_event(error: type[GatewayError]):
    data = Data(find_chat_dialect("openai_chat").write_failure(made(error)))
    assert isinstance(data, Data)
    assert data.payload.startswith(b'data: {"error":{')
    assert data.payload.endswith(b"}}\n\n")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "invalid_request_error"),
        (401, "invalid_request_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (504, "server_error"),
    ],
)
def test_the_type_goes_with_the_status(status: int, expected: str):
    assert kind(status) == expected


def test_a_bad_key_has_openais_word_for_it_and_the_fields_the_error_demands():
    head, data = told(Unauthenticated("no", headers=((b"www-authenticate", b"Bearer"),)))
    assert isinstance(head, Head)
    assert isinstance(data, Data)
    assert (b"www-authenticate", b"Bearer") in head.headers
    assert b'"code":"invalid_api_key"' in data.payload


def test_when_to_come_back_is_said():
    head, _ = told(Overloaded("busy", retry_after=1.2))
    assert isinstance(head, Head)
    assert (b"retry-after", b"2") in head.headers


@pytest.mark.parametrize(("error", "hopeless"), [(UpstreamRefused, True), (UpstreamTimeout, False)])
def test_clients_are_told_not_to_repeat_what_only_the_operator_can_mend(error: type[GatewayError], hopeless: bool):
    head, _ = told(made(error))
    assert isinstance(head, Head)
    assert ((b"x-should-retry", b"false") in head.headers) is hopeless


def test_line_breaks_never_end_the_data_line():
    assert event(b'{"a":\r\n "b\\n"\n}') == b'data: {"a":"b\\n"}\n\n'
    assert event(envelope("two\nlines", 500, "x")).count(b"\n") == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [(BudgetReached("x"), "insufficient_quota"), (TokensReached("x"), "rate_limit_exceeded")],
)
def test_a_limit_has_openais_word_for_it(error: GatewayError, code: str):
    head, body = told(error)
    assert isinstance(head, Head)
    assert head.status == 429
    assert isinstance(body, Data)
    assert msgspec.json.decode(body.payload)["error"]["code"] == code
