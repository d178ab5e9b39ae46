"""Errors as JSON-RPC and HTTP say them."""

import json
from typing import Any

import pytest

from tests.mcp.stage import gateway
from trigate.core.errors import Forbidden, GatewayError, InternalError, Overloaded, Unauthenticated, UpstreamTimeout
from trigate.core.principal import Principal
from trigate.mcp.ask import Ask
from trigate.mcp.fault import Fault, UnknownMethod, UnknownSession
from trigate.mcp.refusal import no_resource, number, status, text
from trigate.mcp.view import View


@pytest.mark.parametrize(
    ("error", "era", "id", "expected"),
    [
        (Forbidden("x"), "modern", b"1", (403, 403)),
        (Forbidden("x"), "legacy", b"1", (403, 403)),
        (UnknownSession("x"), "legacy", b"1", (404, 404)),
        (UnknownMethod("x"), "modern", b"1", (404, -32601)),
        (UnknownMethod("x"), "legacy", b"1", (200, -32601)),
        (Fault(-32602, "x"), "modern", b"1", (400, -32602)),
        (Fault(-32602, "x"), "legacy", b"1", (200, -32602)),
        (Fault(-32600, "x"), "legacy", b"1", (400, -32600)),
        (Fault(-32700, "x"), "legacy", b"", (400, -32700)),
        (UpstreamTimeout("x"), "modern", b"1", (200, -32603)),
        (UpstreamTimeout("x"), "legacy", b"1", (200, -32603)),
        (Overloaded("x"), "legacy", b"", (503, -32603)),
        (InternalError("x"), "modern", b"1", (200, -32603)),
    ],
)
def test_each_error_has_its_status_and_code(error: GatewayError, era: Any, id: bytes, expected: tuple[int, int]):
    assert (status(id, era, error), number(error)) == expected
    message = json.loads(text(id, era, error))
    assert message["error"]["code"] == expected[1]
    if not isinstance(error, Fault):
        assert message["error"]["data"] == {"code": error.code}


async def test_a_caller_nobody_knows_is_challenged():
    async with gateway() as gate:

        def identify(_: object) -> Principal | None:
            raise Unauthenticated("who are you?")

        gate.serve._authenticators = (identify,)
        answer = await gate.modern("tools/list")
        assert answer.status == 401
        assert answer.fields["www-authenticate"].startswith("Bearer")
        assert answer.json["error"]["code"] == 401


async def test_a_caller_without_the_lane_is_refused_under_its_own_id():
    async with gateway() as gate:
        gate.principal = Principal("api-only", frozenset({"api"}))
        answer = await gate.modern("tools/list", id="mine")
        assert (answer.status, answer.json["id"]) == (403, "mine")


def test_a_resource_nobody_lists_has_the_eras_code():
    assert no_resource(Ask(View("", ()), era="modern", subject="x")).number == -32602
    assert no_resource(Ask(View("", ()), era="legacy", subject="x")).number == -32002
