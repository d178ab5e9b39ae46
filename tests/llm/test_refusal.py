"""Refusals of upstreams: whose fault they are, and what callers see of them."""

import pytest

from tests.llm.scene import JSON, KEY, Reply, Scene, answers
from trigate.core.errors import StreamBroken
from trigate.llm.refusal import LONGEST

ASK = {"model": "fast", "messages": []}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_rejected_provider_key_is_the_operators_fault_and_never_shown(status: int):
    refusal = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}
    scene = await Scene(answers(refusal, status)).ask(ASK)
    assert scene.status == 502
    assert scene.error["code"] == "upstream.refused"
    assert scene.error["type"] == "server_error"
    assert scene.headers[b"x-should-retry"] == b"false"
    assert KEY.encode() not in scene.body
    assert scene.record["status"] == status


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 429, 500, 503, 529])
async def test_the_upstreams_own_error_passes_verbatim(status: int):
    body = b'{ "error": {"message":"no", "type":"x", "param":null, "code":"c"} }'
    scene = await Scene(answers(body, status)).ask(ASK)
    assert scene.status == status
    assert scene.body == body


async def test_a_quoted_secret_is_struck_out():
    body = {"error": {"message": f"bad header Bearer {KEY} of org-canary"}}
    scene = await Scene(answers(body, 400)).ask(ASK)
    assert scene.error["message"] == "bad header Bearer ••• of •••"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answers(b"<html>Bad Gateway</html>", 502, [(b"content-type", b"text/html")]), "answered 502"),
        (answers({"detail": "no such path"}, 404), "no such path"),
        (answers(b"", 500), "answered 500"),
        (Reply(503, JSON, b'{"err', StreamBroken("reset")), "answered 503"),
        (answers(b"{" + b" " * LONGEST + b"}", 400), "answered 400"),
        (answers(b'["error"]', 400), "answered 400"),
    ],
    ids=["html", "other json", "empty", "broken", "long", "array"],
)
async def test_another_form_becomes_openais(reply: Reply, words: str):
    scene = await Scene(reply).ask(ASK)
    assert scene.status == reply.head.status
    assert words in scene.error["message"]
    assert scene.error["code"] == "provider.refused"
    assert scene.headers[b"content-type"] == b"application/json"
    assert "<html>" not in scene.error["message"]


@pytest.mark.parametrize("status", [301, 302, 304, 307])
async def test_redirects_are_neither_followed_nor_passed_on(status: int):
    scene = await Scene(answers(b"", status, [(b"location", b"http://169.254.169.254/")])).ask(ASK)
    assert scene.status == 502
    assert scene.error["code"] == "upstream.protocol"
    assert b"location" not in scene.headers
