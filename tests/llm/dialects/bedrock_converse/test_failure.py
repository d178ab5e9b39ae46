"""Errors in AWS's form."""

import json

import botocore.session
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, GatewayError, Overloaded, RateReached, StreamBroken
from trigate.llm.dialects.bedrock_converse.failure import (
    exception_frame,
    read_refused,
    status_of,
    write_error,
    write_failure,
)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (BadRequest("no"), "ValidationException"),
        (RateReached("slow"), "ThrottlingException"),
        (Overloaded("later"), "ServiceUnavailableException"),
        (StreamBroken("gone"), "InternalServerException"),
    ],
)
def test_boto_understands_an_error(error: GatewayError, name: str):
    shape = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").output_shape
    answer = {"status_code": error.status, "headers": {}, "body": write_error(error)}
    found = create_parser("rest-json").parse(answer, shape)
    assert found["Error"] == {"Code": name, "Message": error.message}


@pytest.mark.parametrize("status", [400, 403, 404, 408, 413, 429, 500, 502, 503, 529])
def test_an_exception_in_a_stream_is_one_that_boto_knows(status: int):
    buffer = EventStreamBuffer()
    buffer.add_data(exception_frame("broken", status))
    (message,) = list(buffer)
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    assert message.headers[":exception-type"] in service.shape_for("ConverseStreamOutput").members  # pyright: ignore[reportAttributeAccessIssue]
    assert json.loads(message.payload) == {"message": "broken"}


def test_a_failure_is_a_frame():
    assert b"throttlingException" in write_failure(RateReached("slow"))


def test_exceptions_have_their_statuses():
    assert (status_of("throttlingException"), status_of("somethingNew")) == (429, 500)


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b'{"message":"Too long","__type":"ValidationException"}', "Too long", "ValidationException"),
        (b'{"Message":"No","__type":"com.amazon#AccessDeniedException"}', "No", "AccessDeniedException"),
        (b"<html>", "<html>", ""),
        (b"", "the provider answered 503", ""),
        (b'{"message":5}', "the provider answered 503", ""),
    ],
)
def test_a_refusal_is_understood(body: bytes, message: str, code: str):
    found = read_refused(503, body)
    assert (found.message, found.code) == (message, code)


@given(st.binary(max_size=60))
def test_no_refusal_is_too_strange(body: bytes):
    assert read_refused(500, body).message
