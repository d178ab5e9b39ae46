"""Bedrock's hosts and paths."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.llm.golden.book import HERE
from tests.llm.scene import JSON, Reply, Scene, answers
from trigate.core.settings import Secret
from trigate.llm.dialects.bedrock_converse.frame import write_frame
from trigate.llm.providers.bedrock import Bedrock
from trigate.llm.settings import LlmSettings

MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_the_region_decides_on_the_host_and_the_model_on_the_path() -> None:
    provider = Bedrock(region="eu-central-1", api_key=Secret("bedrock-key"))
    assert provider.origin() == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    path = b"/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    assert provider.path("bedrock_converse", MODEL, streamed=False) == path
    assert provider.path("bedrock_converse", MODEL, streamed=True) == path + b"-stream"
    assert provider.path("openai_chat", MODEL, streamed=True) is None
    assert provider.credentials() == [(b"authorization", b"Bearer bedrock-key")]
    assert provider.dialects() == ("bedrock_converse",)


def test_an_address_of_its_own_goes_before_that_of_the_region() -> None:
    assert Bedrock(region="us-east-1", base_url="http://127.0.0.1:1/").origin() == "http://127.0.0.1:1"


@pytest.mark.parametrize("region", ["", "eu", "evil.example/", "eu-central-1.x"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="region"):
        Bedrock(region=region)


MESSAGES = [{"role": "user", "content": "Hi"}]
FRAMES = [(b"content-type", b"application/vnd.amazon.eventstream")]
CHUNK = {":message-type": "event", ":event-type": "chunk"}
SPOKEN = (HERE / "streams/anthropic_messages/text.txt").read_bytes()


def llm() -> LlmSettings:
    speaks: Any = ["bedrock_converse", "anthropic_messages"]
    return LlmSettings(providers={"b": Bedrock(region="eu-central-1", api_key=Secret("k"), speaks=speaks)})


def framed(data: bytes) -> bytes:
    """Anthropic's events as Bedrock sends them."""
    events = [line.removeprefix(b"data: ") for line in data.splitlines() if line.startswith(b"data: ")]
    return b"".join(write_frame(CHUNK, json.dumps({"bytes": b64encode(each).decode()}).encode()) for each in events)


def ask(**more: Any) -> dict[str, Any]:
    return {"model": f"b/{MODEL}", "max_tokens": 9, "messages": MESSAGES, **more}


def test_anthropics_dialect_is_offered_for_claude_alone_and_where_it_is_configured() -> None:
    provider = llm().providers["b"]
    assert provider.dialects() == ("bedrock_converse", "anthropic_messages")
    assert provider.path("anthropic_messages", "amazon.nova-pro-v1:0", streamed=False) is None
    path = b"/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"
    assert provider.path("anthropic_messages", MODEL, streamed=False) == path
    assert provider.path("anthropic_messages", MODEL, streamed=True) == path + b"-with-response-stream"
    assert Bedrock(region="eu-central-1").path("anthropic_messages", MODEL, streamed=False) is None


async def test_anthropics_callers_reach_claude_without_translation() -> None:
    reply = (HERE / "replies/anthropic_messages/text.json").read_bytes()
    beta = (b"anthropic-beta", b"claude-code-20250219,context-1m-2025-08-07")
    future = {"future_member": {"x": 1}}
    scene = await Scene(answers(reply), llm=llm()).ask(ask(**future), b"/v1/messages", headers=[*JSON, beta])
    assert scene.body == reply
    version = {"anthropic_version": "bedrock-2023-05-31", "anthropic_beta": ["context-1m-2025-08-07"]}
    assert scene.upstream == {"max_tokens": 9, "messages": MESSAGES, **future, **version}


async def test_a_stream_comes_out_of_its_frames_event_by_event() -> None:
    scene = await Scene(Reply(200, FRAMES, framed(SPOKEN)[:99], framed(SPOKEN)[99:]), llm=llm()).ask(
        ask(stream=True), b"/v1/messages"
    )
    assert scene.headers[b"content-type"].startswith(b"text/event-stream")
    assert scene.body == SPOKEN
    assert scene.usage.output_tokens == 9
    assert "stream" not in scene.upstream


async def test_a_failure_in_the_stream_is_told_as_anthropic_tells_one() -> None:
    failed = write_frame(
        {":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"slow"}'
    )
    begun = framed(SPOKEN.partition(b"event: content_block_stop")[0])
    scene = await Scene(Reply(200, FRAMES, begun + failed), llm=llm()).ask(ask(stream=True), b"/v1/messages")
    told = json.loads(scene.body.rstrip().rpartition(b"data: ")[2])
    assert told == {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}
    assert "llm.error_in_stream" in scene.record["flags"]


async def test_a_frame_that_holds_no_event_breaks_the_stream() -> None:
    frames = framed(SPOKEN.partition(b"event: ping")[0]) + write_frame(CHUNK, b'{"bytes":"!"}')
    scene = await Scene(Reply(200, FRAMES, frames), llm=llm()).ask(ask(stream=True), b"/v1/messages")
    assert b"a frame that holds no event" in scene.body
