"""A conversation goes to the first target that has such, with the provider's own fields."""

from typing import Any

import msgspec
import pytest

from tests.llm.resource.office import Office, settings
from tests.llm.scene import answers
from trigate.core.parts import Head, Headers
from trigate.llm.model import Model

HEADERS: Headers = [
    (b"connection", b"upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"authorization", b"Bearer caller-secret"),
]


async def connect(office: Office, model: str) -> Office:
    from trigate.core.request import Peer, Request
    from trigate.core.stream import NoIncoming

    path, query = b"/v1/realtime", b"model=" + model.encode()
    request = Request(
        b"GET", path + b"?" + query, path, query, b"gateway", HEADERS, dict(HEADERS), upgrade=b"websocket"
    )
    incoming: Any = NoIncoming(office.signal)
    await office.serve(request, Peer(""), incoming, office.edge)
    return office


@pytest.mark.parametrize(("model", "status"), [("wise", 404), ("nothing", 404)])
async def test_a_model_without_such_conversations_is_refused(model: str, status: int):
    office = await connect(Office(), model)
    assert office.status == status
    assert office.asked == []


async def test_a_providers_refusal_is_told_before_the_switch():
    office = Office(answers({"error": {"message": "no", "type": "x"}}, 404))
    _take_no_body(office)
    await connect(office, "smart")
    assert office.status == 404
    assert office.asked == [b"GET /v1/realtime?model=gpt-large"]
    fields = office.client.sent[0][2]
    assert fields[b"authorization"] == b"Bearer sk-canary-0123456789"
    assert fields[b"sec-websocket-key"] != dict(HEADERS)[b"sec-websocket-key"]
    assert office.last["action"] == "llm.realtime"


async def test_a_provider_that_does_not_agree_as_it_should_is_at_fault():
    reply = answers(b"", 101)
    reply.head = Head(101, [(b"sec-websocket-accept", b"wrong")])
    office = Office(reply)
    _take_no_body(office)
    await connect(office, "smart")
    assert office.status == 502


def _take_no_body(office: Office) -> None:
    send = office.client.send

    async def without(endpoint: Any, method: bytes, target: bytes, fields: Any, body: Any, signal: Any, **more: Any):
        return await send(endpoint, method, target, fields, b"", signal, **more)

    office.client.send = without  # type: ignore[method-assign]


@pytest.mark.parametrize(("key", "asked"), [("dev", b"gpt-large"), ("ann", b"gpt-small")])
async def test_a_conversation_goes_where_rules_let_it(key: str, asked: bytes):
    targets = [{"target": "openai/gpt-large", "when": f"principal.key == '{key}'"}, {"target": "openai/gpt-small"}]
    models = msgspec.convert({"smart": {"targets": targets}}, dict[str, Model], strict=False)
    office = Office(answers({"error": {"message": "no"}}, 404), llm=settings(models=models))
    _take_no_body(office)
    await connect(office, "smart")
    assert office.asked == [b"GET /v1/realtime?model=" + asked]
