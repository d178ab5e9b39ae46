"""Every dialect of callers before every one of providers, through the spine: plain, streamed, refused, on record."""

import importlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.llm.golden.book import HERE, LIMIT, MODEL, asked, tell_reply, tell_stream
from tests.llm.golden.frame import from_text, to_text
from tests.llm.golden.still import still
from tests.llm.scene import Reply, Scene, answers
from trigate.core.settings import Secret
from trigate.core.usage import Usage
from trigate.llm.chat_dialects import CHAT_DIALECTS, find_chat_dialect
from trigate.llm.provider import Provider
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.bedrock import Bedrock
from trigate.llm.providers.cohere import Cohere
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model
from trigate.llm.translation import COMMENTED

KEY = "provider-canary-0123456789"


def wire_check(dialect: str, data: bytes) -> None:
    """Have the provider's own types judge a stream; what they read by hand has no comments."""
    comments = [each for each in data.split(b"\n\n") if each.startswith(b": ")] if dialect in COMMENTED else []
    for each in comments:
        data = data.replace(each + b"\n\n", b"")
    importlib.import_module(f"tests.llm.wire.{dialect}").check_stream(data)


PROVIDERS: dict[str, Provider] = {
    "openai_chat": OpenAI(api_key=Secret(KEY), base_url="http://provider/v1"),
    "openai_responses": OpenAI(api_key=Secret(KEY), base_url="http://provider/v1", speaks=["openai_responses"]),
    "anthropic_messages": Anthropic(api_key=Secret(KEY)),
    "gemini_content": Gemini(api_key=Secret(KEY)),
    "bedrock_converse": Bedrock(api_key=Secret(KEY), region="eu-central-1"),
    "cohere_chat": Cohere(api_key=Secret(KEY)),
}
PATHS = {
    "openai_chat": (b"/v1/chat/completions",) * 2,
    "openai_responses": (b"/v1/responses",) * 2,
    "anthropic_messages": (b"/v1/messages",) * 2,
    "gemini_content": (
        b"/v1beta/models/asked-model:generateContent",
        b"/v1beta/models/asked-model:streamGenerateContent?alt=sse",
    ),
    "bedrock_converse": (b"/model/asked-model/converse", b"/model/asked-model/converse-stream"),
    "cohere_chat": (b"/v2/chat",) * 2,
}
SAID = {
    "openai_chat": ("text", "caches"),
    "openai_responses": ("text", "text"),
    "anthropic_messages": ("text", "text"),
    "gemini_content": ("plain", "text"),
    "bedrock_converse": ("plain", "text"),
    "cohere_chat": ("text", "text"),
}
"""The golden cases that a provider answers with, whole and streamed."""


def settings(spoken: str) -> LlmSettings:
    price: dict[str, Any] = {"input": 1, "output": 2}
    model = msgspec.convert({"targets": f"p/{MODEL}", "price": price}, Model, strict=False)
    return LlmSettings(providers={"p": PROVIDERS[spoken]}, models={"asked-model": model})


def ask(dialect: str, *, streamed: bool) -> bytes:
    """A small chat."""
    body: dict[str, Any] = {
        "openai_chat": {"messages": [{"role": "user", "content": "Hi"}]},
        "openai_responses": {"input": "Hi"},
        "anthropic_messages": {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]},
        "gemini_content": {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
        "bedrock_converse": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
        "cohere_chat": {"messages": [{"role": "user", "content": "Hi"}]},
    }[dialect]
    if dialect not in {"gemini_content", "bedrock_converse"}:
        body |= {"model": "asked-model"} | ({"stream": True} if streamed else {})
        if dialect == "openai_chat" and streamed:
            body |= {"stream_options": {"include_usage": True}}
    return json.dumps(body).encode()


def case(kind: str, dialect: str) -> Path:
    name = SAID[dialect][kind == "streams"]
    return HERE / kind / dialect / f"{name}.{'json' if kind == 'replies' else 'txt'}"


def streams(dialect: str) -> Reply:
    form = b"application/vnd.amazon.eventstream" if dialect == "bedrock_converse" else b"text/event-stream"
    data = from_text(dialect, case("streams", dialect).read_text())
    return Reply(200, [(b"content-type", form)], data[: len(data) // 2], data[len(data) // 2 :])


def counted(spoken: str, usage: Usage) -> bool:
    """Whether the usage is what the provider said."""
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens > 0 and not usage.estimated


@pytest.fixture(autouse=True)
def stillness(monkeypatch: pytest.MonkeyPatch) -> None:
    still(monkeypatch)


@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
async def test_a_whole_answer_comes_back_in_the_callers_dialect(
    caller: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = case("replies", spoken)
    scene = await Scene(answers(path.read_bytes()), llm=settings(spoken)).ask(
        ask(caller, streamed=False), PATHS[caller][0]
    )
    assert scene.status == 200, scene.body
    assert scene.headers[b"content-type"] == b"application/json"
    still(monkeypatch)
    if caller == spoken:
        assert scene.body == path.read_bytes()
    elif caller != "openai_responses":  # its answers repeat what was asked, which differs here
        assert scene.json == json.loads(tell_reply(spoken, path, caller))["body"]
    assert scene.record["target"] == f"p/{MODEL}"
    assert counted(spoken, scene.usage)
    assert scene.usage.cost > 0
    assert KEY.encode() not in scene.body


@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
async def test_a_stream_comes_back_in_the_callers_dialect(
    caller: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = case("streams", spoken)
    scene = await Scene(streams(spoken), llm=settings(spoken)).ask(ask(caller, streamed=True), PATHS[caller][1])
    assert scene.status == 200, scene.body
    still(monkeypatch)
    if caller == spoken:
        assert scene.body == from_text(spoken, path.read_text())
    elif caller != "openai_responses":
        assert to_text(caller, scene.body).rstrip(":\n") == tell_stream(spoken, path, caller).rstrip(":\n")
    assert scene.record["outcome"] == "ok"
    assert counted(spoken, scene.usage)


@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
async def test_a_refusal_is_told_in_the_callers_dialect(caller: str, spoken: str, *, streamed: bool) -> None:
    body = {"error": {"message": f"the prompt is too long, {KEY}", "type": "invalid_request_error"}}
    if spoken in {"bedrock_converse", "cohere_chat"}:
        body = {"message": body["error"]["message"]}  # type: ignore[dict-item]
    scene = await Scene(answers(body, 400), llm=settings(spoken)).ask(
        ask(caller, streamed=streamed), PATHS[caller][streamed]
    )
    assert scene.status == 400
    assert b"the prompt is too long" in scene.body
    assert KEY.encode() not in scene.body
    assert find_chat_dialect(caller).read_refused(400, scene.body).message.find("the prompt is too long") >= 0
    assert scene.usage == Usage(bytes_in=scene.usage.bytes_in, bytes_out=scene.usage.bytes_out)


@pytest.mark.parametrize("spoken", CHAT_DIALECTS)
@pytest.mark.parametrize("caller", CHAT_DIALECTS)
async def test_a_stream_that_breaks_off_ends_with_an_error_in_the_callers_dialect(caller: str, spoken: str) -> None:
    whole = streams(spoken)
    cut = Reply(200, whole.head.headers, whole.steps[0])
    scene = await Scene(cut, llm=settings(spoken)).ask(ask(caller, streamed=True), PATHS[caller][1])
    assert scene.record["outcome"] in {"upstream.stream_broken", "upstream.protocol"}
    if scene.status != 200:  # nothing was said yet
        assert find_chat_dialect(caller).read_refused(scene.status, scene.body).message
        return
    reader = find_chat_dialect(caller).stream_reader(LIMIT)
    told = [type(each).__name__ for each in (*reader.feed(scene.body), *reader.finish())]
    assert told[-1] == "Failure"
    assert "End" not in told


async def test_what_cannot_be_said_is_named_to_the_caller_and_on_record() -> None:
    body = json.loads(ask("openai_chat", streamed=False)) | {"logit_bias": {"1": 2}}
    llm = settings("anthropic_messages")
    scene = await Scene(answers(case("replies", "anthropic_messages").read_bytes()), llm=llm).ask(body)
    assert b"logit_bias;dropped" in scene.headers[b"x-trigate-loss"].split(b", ")
    assert "llm.dropped:logit_bias" in scene.record["flags"]
    assert "logit_bias" not in scene.upstream


@pytest.mark.parametrize("caller", CHAT_DIALECTS)
@pytest.mark.parametrize("on_loss", ["warn", "drop"])
async def test_what_a_stream_loses_is_on_record_and_told_where_that_is_safe(caller: str, on_loss: str) -> None:
    stream = HERE / "streams" / "gemini_content" / "code.txt"
    reply = Reply(200, [(b"content-type", b"text/event-stream")], stream.read_bytes())
    llm = msgspec.structs.replace(settings("gemini_content"), on_loss=on_loss)
    scene = await Scene(reply, llm=llm).ask(ask(caller, streamed=True), PATHS[caller][1])
    assert scene.record["outcome"] == "ok"
    lost = [each for each in scene.record.get("flags", []) if "executableCode" in each]
    assert len(lost) == (caller != "gemini_content")
    assert (b"\n: x-trigate-loss: " in scene.body) == (on_loss == "warn" and caller in COMMENTED)
    wire_check(caller, scene.body)


@pytest.mark.parametrize(("on_loss", "status"), [("drop", 200), ("reject", 400)])
async def test_a_loss_may_be_silent_or_refused(on_loss: str, status: int) -> None:
    body = json.loads(ask("openai_chat", streamed=False)) | {"logit_bias": {"1": 2}}
    llm = msgspec.structs.replace(settings("anthropic_messages"), on_loss=on_loss)
    scene = await Scene(answers(case("replies", "anthropic_messages").read_bytes()), llm=llm).ask(body)
    assert scene.status == status
    assert b"x-trigate-loss" not in scene.headers
    if status == 400:
        assert "logit_bias" in scene.error["message"]
        assert scene.client.sent == []
    else:
        assert "llm.dropped:logit_bias" in scene.record["flags"]


async def test_one_list_is_what_googles_callers_get_who_do_not_ask_for_events() -> None:
    scene = await Scene(streams("gemini_content"), llm=settings("gemini_content")).ask(
        ask("gemini_content", streamed=True), b"/v1beta/models/asked-model:streamGenerateContent"
    )
    assert scene.headers[b"content-type"] == b"application/json"
    found = json.loads(scene.body)
    assert isinstance(found, list)
    assert found[-1]["candidates"][0]["finishReason"] == "STOP"
    assert asked("gemini_content").streamed


async def test_a_signature_that_another_made_goes_to_its_maker_alone() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "tg~google~abc"}
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [thought]}]
    body = {"model": "asked-model", "max_tokens": 5, "messages": [*messages, {"role": "user", "content": "Go on"}]}
    llm = settings("anthropic_messages")
    reply = answers(case("replies", "anthropic_messages").read_bytes())
    scene = await Scene(reply, llm=llm).ask(body, b"/v1/messages")
    assert scene.status == 200
    assert b"tg~" not in scene.client.sent[-1][3]


async def test_a_list_that_breaks_off_is_broken_off() -> None:
    whole = streams("gemini_content")
    cut = Reply(200, whole.head.headers, whole.steps[0])
    scene = Scene(cut, llm=settings("gemini_content"))
    await scene.ask(ask("gemini_content", streamed=True), b"/v1beta/models/asked-model:streamGenerateContent")
    assert scene.record["outcome"] in {"upstream.stream_broken", "upstream.protocol"}
    assert not scene.body.rstrip().endswith(b"]")
