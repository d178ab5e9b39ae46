"""Refusals of upstreams: whose fault they are, and what callers see of them."""

import pytest

from tests.llm.golden.book import MODEL
from tests.llm.scene import JSON, KEY, Reply, Scene, answers
from tests.llm.test_pairs import PATHS, PROVIDERS, ask, case, counted, streams
from tests.llm.test_pairs import settings as pair
from trigate.core.errors import StreamBroken
from trigate.llm.chat_dialects import CHAT_DIALECTS
from trigate.llm.refusal import LONGEST
from trigate.llm.settings import LlmSettings, Model

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


@pytest.mark.parametrize("caller", CHAT_DIALECTS)
@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
async def test_when_to_come_back_is_told_in_every_dialect(caller: str, spoken: str):
    body = (
        {"message": "slow down"}
        if spoken in {"bedrock_converse", "cohere_chat"}
        else {"error": {"message": "slow down"}}
    )
    refused = answers(body, 429, [*JSON, (b"retry-after", b"7")])
    scene = await Scene(refused, llm=pair(spoken)).ask(ask(caller, streamed=True), PATHS[caller][1])
    assert (scene.status, scene.headers[b"retry-after"]) == (429, b"7")
    assert b"slow down" in scene.body
    named = scene.headers.get(b"x-amzn-errortype")
    assert named == (b"ThrottlingException" if caller == "bedrock_converse" else None)


@pytest.mark.parametrize("caller", CHAT_DIALECTS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_another_provider_answers_in_another_dialect(caller: str, streamed: bool):
    providers = {"first": PROVIDERS["anthropic_messages"], "second": PROVIDERS["openai_chat"]}
    models = {"asked-model": Model(targets=[f"first/{MODEL}", f"second/{MODEL}"])}
    overloaded = answers({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529)
    good = streams("openai_chat") if streamed else answers(case("replies", "openai_chat").read_bytes())
    scene = Scene(overloaded, good, llm=LlmSettings(providers=providers, models=models))
    await scene.ask(ask(caller, streamed=streamed), PATHS[caller][streamed])
    assert scene.status == 200
    assert scene.record["target"] == f"second/{MODEL}"
    assert [target for _, target, _, _ in scene.client.sent] == [b"/v1/v1/messages", b"/v1/chat/completions"]
    assert counted("openai_chat", scene.usage)


async def test_the_errors_of_the_gateway_itself_are_named_for_clients_of_aws():
    scene = await Scene(llm=pair("openai_chat")).ask(b"{", PATHS["bedrock_converse"][0])
    assert (scene.status, scene.headers[b"x-amzn-errortype"]) == (400, b"ValidationException")
    scene = await Scene(llm=pair("openai_chat")).ask(ask("bedrock_converse", streamed=False), b"/model/nobody/converse")
    assert (scene.status, scene.headers[b"x-amzn-errortype"]) == (404, b"ResourceNotFoundException")
