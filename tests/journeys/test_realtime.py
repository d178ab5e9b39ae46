"""OpenAI's own SDK holds realtime conversations through a real gateway, and each answer in them is paid for."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.serving import serving
from tests.journeys.speaking import Speaking

pytestmark = pytest.mark.filterwarnings(r"ignore:connect\(\) must be used:DeprecationWarning")  # by the SDK itself
PROVIDER_KEY = "sk-provider-canary-0123456789"
KEYS = {name: f"{name}-key-canary-0123456789" for name in ("ann", "poor", "narrow")}
COST = 100 * 1_000 + 100 * 5_000 + 100 * 500 + 10 * 2_000 + 20 * 20_000
"""Nano-dollars of one answer: text and audio in, from the cache, text and audio out."""


@pytest.fixture(scope="module")
def provider() -> Speaking:
    return Speaking()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: Speaking) -> Iterator[Gateway]:
    price = "price: { input: 1, cache_read: 0.5, output: 2, audio_input: 5, audio_output: 20 }"
    with serving(provider) as url:
        running = Gateway(
            tmp_path_factory.mktemp("gateway"),
            f"""
policy:
  keys:
    ann: {{ secret: {KEYS["ann"]} }}
    poor: {{ secret: {KEYS["poor"]} }}
    narrow: {{ secret: {KEYS["narrow"]}, models: [other] }}
  limits:
    - {{ kind: budget, key: poor, usd: 0.0015, window: 1d }}
llm:
  providers:
    speech: {{ kind: openai, base_url: '{url}/v1', api_key: '{PROVIDER_KEY}' }}
    silent: {{ kind: anthropic, base_url: '{url}', api_key: '{PROVIDER_KEY}' }}
  models:
    voice: {{ targets: [silent/mute, speech/gpt-speech], {price} }}
    mute: {{ targets: silent/mute }}
    refused: {{ targets: speech/refused }}
""",
        )
        try:
            running.until(running.ready, START_SECONDS)
            yield running
        finally:
            assert running.stop() == 0


def client(running: Gateway, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.url}/v1", api_key=KEYS[key], max_retries=0, timeout=20)


def answer(connection: Any) -> list[str]:
    """Ask for an answer; the types of the events up to its end."""
    connection.response.create()
    found: list[str] = []
    while True:
        event: Any = connection.recv()
        found.append(event.type)
        if event.type in ("response.done", "error"):
            return found


def test_each_answer_is_a_call_of_its_own(running: Gateway, provider: Speaking):
    with client(running, "ann") as sdk, sdk.realtime.connect(model="voice") as connection:
        assert connection.recv().type == "session.created"
        connection.session.update(session={"type": "realtime", "model": "gpt-dearer", "instructions": "é" * 70_000})
        assert answer(connection) == ["response.output_text.delta", "response.done"]
        assert answer(connection)[-1] == "response.done"
    whole = running.record(
        action="llm.realtime", key="ann", route="llm.realtime", target="speech/gpt-speech", status=101
    )
    answers = [each for each in running.records() if each.get("parent") == whole["id"]]
    assert [each["usage"]["cost"] for each in answers] == [COST, COST]
    assert answers[0]["usage"]["cache_read_tokens"] == 100
    assert {each["resource"] for each in answers} == {"model/voice"}
    head = provider.heads[-1]
    assert head.query == b"model=gpt-speech"
    assert head.fields[b"authorization"] == f"Bearer {PROVIDER_KEY}".encode()
    assert provider.events[0]["session"]["model"] == "gpt-speech"
    assert provider.events[0]["session"]["instructions"] == "é" * 70_000


def test_a_browser_may_send_its_key_as_a_subprotocol(running: Gateway, provider: Speaking):
    def open(key: str) -> tuple[int, dict[str, str]]:
        status, headers, _ = running.ask(
            "GET",
            "/v1/realtime?model=voice",
            key="",
            connection="Upgrade",
            upgrade="websocket",
            sec_websocket_version="13",
            sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==",
            sec_websocket_protocol=f"realtime, openai-insecure-api-key.{key}",
        )
        return status, headers

    status, headers = open(KEYS["ann"])
    assert status == 101
    assert headers["sec-websocket-protocol"] == "realtime"
    assert headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455, section 1.3
    assert KEYS["ann"].encode() not in b"".join(value for _, value in provider.heads[-1].headers)
    assert open("not-a-key")[0] == 401


def test_who_spends_more_than_the_budget_is_told_and_sent_away(running: Gateway):
    with client(running, "poor") as sdk, sdk.realtime.connect(model="voice") as connection:
        connection.recv()
        assert answer(connection)[-1] == "response.done"
        assert answer(connection)[-1] == "response.done"  # it has been given, and is paid for
        event: Any = connection.recv()
        assert (event.type, event.error.code) == ("error", "limit.budget")
    whole = running.record(key="poor", route="llm.realtime", status=101)
    assert whole["flags"] == ["llm.realtime_ended:limit.budget"]
    assert whole["usage"]["cost"] == COST
    with client(running, "poor") as sdk, pytest.raises(Exception, match="429"), sdk.realtime.connect(model="voice"):
        pass  # nobody whose budget is spent gets another answer by connecting again


@pytest.mark.parametrize(
    ("key", "model", "status"), [("narrow", "voice", 403), ("ann", "nothing", 404), ("ann", "mute", 404)]
)
def test_who_may_not_speak_is_refused_before_the_switch(running: Gateway, key: str, model: str, status: int):
    with client(running, key) as sdk, pytest.raises(Exception, match=str(status)), sdk.realtime.connect(model=model):
        pass


def test_a_providers_refusal_is_told(running: Gateway):
    with client(running, "ann") as sdk, pytest.raises(Exception, match="404"), sdk.realtime.connect(model="refused"):
        pass


def test_a_caller_who_leaves_ends_it_at_the_provider(running: Gateway, provider: Speaking):
    before = provider.ended
    with client(running, "ann") as sdk:
        connection = sdk.realtime.connect(model="voice").enter()
        connection.recv()
        connection._connection.socket.close()
    running.until(lambda: provider.ended > before)


def test_what_is_no_websocket_is_refused(running: Gateway):
    status, _, body = running.ask("GET", "/v1/realtime?model=voice", key=KEYS["ann"])
    assert (status, b"WebSocket" in body) == (400, True)
