"""OpenAI's own SDK against a real gateway, in front of the demo's provider."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.serving import serving
from tests.ports import free_port
from trigate.cli.demo.provider import Provider
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming

PROVIDER_KEY = "sk-provider-canary-0123456789"
WORDS = b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Moody(Provider):
    """The demo's provider, but some of its models fail."""

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Fail as the header that the test's configuration adds says."""
        mood = request.fields.get(b"x-mood", b"")
        if mood == b"breaks":
            await sink.send(Head(200, [(b"content-type", b"text/event-stream")]))
            await sink.send(Data(WORDS))
            sink.flush()
            sink.abort()
        elif mood == b"busy":
            await sink.send(Head(429, [(b"content-type", b"application/json"), (b"retry-after", b"1")]))
            sink.finish(
                Data(b'{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}')
            )
        else:
            await super().__call__(request, peer, incoming, sink)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with serving(Moody(PROVIDER_KEY, pace=0)) as url:
        yield url


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[Gateway]:
    """One gateway for all: each test looks for its own record."""
    base = f"base_url: '{provider}/v1', api_key: '{PROVIDER_KEY}'"
    running = Gateway(
        tmp_path_factory.mktemp("gateway"),
        f"""
llm:
  providers:
    demo: {{ kind: openai, {base} }}
    busy: {{ kind: openai, {base}, headers: {{ x-mood: busy }} }}
    breaks: {{ kind: openai, {base}, headers: {{ x-mood: breaks }} }}
    stranger: {{ kind: openai, base_url: '{provider}/v1', api_key: sk-canary-rejected-0123456789 }}
    down: {{ kind: openai, base_url: 'http://127.0.0.1:{free_port()}/v1' }}
  models:
    smart: {{ targets: [down/demo-chat, busy/demo-chat, demo/demo-chat] }}
    vectors: {{ targets: demo/demo-embedding }}
""",
    )
    try:
        running.until(running.ready, START_SECONDS)
        yield running
    finally:
        assert running.stop() == 0


@pytest.fixture
def client(running: Gateway) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{running.url}/v1", api_key=running.key, max_retries=0, timeout=10) as client:
        yield client


def ask(client: OpenAI, words: str = "Hello there", model: str = "smart", **more: Any) -> Any:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": words}], **more)


def test_a_completion_arrives_after_two_targets_failed(client: OpenAI, running: Gateway):
    answer = ask(client)
    assert "Hello there" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    record = running.record(request_id=answer._request_id)
    assert (record["target"], record["attempts"], record["outcome"]) == ("demo/demo-chat", 3, "ok")
    assert record["usage"]["input_tokens"] == answer.usage.prompt_tokens
    assert record["usage"]["output_tokens"] == answer.usage.completion_tokens
    assert (record["action"], record["resource"]) == ("llm.chat", "model/smart")


def test_a_stream_arrives_word_by_word_and_is_counted_without_being_asked_to(client: OpenAI, running: Gateway):
    stream = ask(client, stream=True)
    chunks = list(stream)
    plain = ask(client)
    assert "".join(each.choices[0].delta.content or "" for each in chunks) == plain.choices[0].message.content
    assert all(each.usage is None for each in chunks)
    usage = running.record(request_id=stream.response.headers["x-request-id"])["usage"]
    assert usage["output_tokens"] == plain.usage.completion_tokens
    assert not usage.get("estimated")


def test_a_stream_shows_its_usage_to_who_asks(client: OpenAI):
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == len(chunks) - 3


def test_tools_are_called_plain_and_streamed(client: OpenAI):
    whole = ask(client, "what is the weather in Paris", tools=[WEATHER])
    (call,) = whole.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    with client.chat.completions.stream(
        model="smart", messages=[{"role": "user", "content": "what is the weather in Paris"}], tools=[WEATHER]
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.tool_calls[0].function.arguments == call.function.arguments  # type: ignore[index]


def test_embeddings_arrive_in_the_sdks_own_coding(client: OpenAI, running: Gateway):
    answer = client.embeddings.create(model="vectors", input=["a red apple", "a pear"])
    assert [len(each.embedding) for each in answer.data] == [64, 64]
    assert running.record(action="llm.embeddings")["usage"]["input_tokens"] == 5


def test_models_are_listed_and_described(client: OpenAI):
    assert [each.id for each in client.models.list()] == ["smart", "vectors"]
    assert client.models.retrieve("smart").owned_by == "down"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_the_drop_in_prefix_is_the_same_gateway(running: Gateway):
    with OpenAI(base_url=f"{running.url}/openai/v1", api_key=running.key, max_retries=0) as client:
        assert ask(client, model="demo/demo-chat").choices


@pytest.mark.parametrize(
    ("model", "error", "code"),
    [
        ("nothing", openai.NotFoundError, "model_not_found"),
        ("busy/demo-chat", openai.RateLimitError, "rate_limit_exceeded"),
        ("down/demo-chat", openai.InternalServerError, "upstream.unreachable"),
        ("stranger/demo-chat", openai.InternalServerError, "upstream.refused"),
        ("demo/no-such", openai.NotFoundError, "model_not_found"),
    ],
)
def test_the_sdk_understands_every_refusal(client: OpenAI, model: str, error: type[openai.APIStatusError], code: str):
    with pytest.raises(error) as refused:
        ask(client, model=model)
    assert refused.value.code == code
    assert refused.value.request_id
    assert "canary" not in str(refused.value)


def test_a_wrong_key_is_told_so(running: Gateway):
    with OpenAI(base_url=f"{running.url}/v1", api_key="sk-wrong-0123456789", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            ask(client)
        assert refused.value.code == "invalid_api_key"


def test_a_bad_member_is_named(client: OpenAI):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, extra_body={"Temperature": 1})
    assert "temperature" in str(refused.value)


def test_a_stream_that_breaks_is_never_taken_for_complete(client: OpenAI, running: Gateway):
    stream = ask(client, model="breaks/demo-chat", stream=True)
    assert next(stream).choices[0].delta.content == "hi"
    with pytest.raises(openai.APIError, match=r"."):
        next(stream)
    assert running.record(outcome="upstream.stream_broken")["usage"]["estimated"]


def test_a_caller_who_stops_reading_ends_the_call(client: OpenAI, running: Gateway):
    with ask(client, "word " * 20_000, model="demo/demo-chat", stream=True) as stream:
        next(stream)
    assert running.record(outcome="caller.left")["usage"]["estimated"]


def test_no_secret_is_in_any_log(client: OpenAI, running: Gateway):
    ask(client)
    with pytest.raises(openai.APIError):
        ask(client, model="stranger/demo-chat")
    running.record(outcome="upstream.refused")
    written = running.log.encode() + running.access_log_path.read_bytes()
    assert b"canary" not in written
    assert running.key.encode() not in written
