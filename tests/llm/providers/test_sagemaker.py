"""SageMaker's hosts, paths and frames."""

import json
from typing import Any

import pytest

from tests.llm.scene import DONE, STOP, USAGE, WORD, Reply, Scene, answers, event
from trigate.core.settings import Secret
from trigate.llm.dialects.bedrock_converse.frame import write_frame
from trigate.llm.providers.sagemaker import SageMaker
from trigate.llm.settings import LlmSettings
from trigate.outbound.credentials.sigv4 import SigV4

FRAMES = [(b"content-type", b"application/vnd.amazon.eventstream")]
PART = {":message-type": "event", ":event-type": "PayloadPart"}
SIGNED = SigV4(access_key_id="id", secret_access_key=Secret("s" * 20), region="us-east-1", service="sagemaker")


def llm(**more: Any) -> LlmSettings:
    return LlmSettings(providers={"s": SageMaker(region="us-east-1", credential=SIGNED, **more)})


def ask(**more: Any) -> dict[str, Any]:
    return {"model": "s/my-endpoint", "messages": [{"role": "user", "content": "Hi"}], **more}


def test_the_region_decides_on_the_host_and_the_model_on_the_path():
    provider = SageMaker(region="eu-central-1")
    assert provider.origin() == "https://runtime.sagemaker.eu-central-1.amazonaws.com"
    assert provider.path("openai_chat", "a/b", streamed=False) == b"/endpoints/a%2Fb/invocations"
    assert provider.path("openai_chat", "a/b", streamed=True) == b"/endpoints/a%2Fb/invocations-response-stream"
    assert provider.path("openai_embeddings", "a", streamed=False) is None
    assert SageMaker(region="us-east-1", base_url="http://127.0.0.1:1/").origin() == "http://127.0.0.1:1"


def test_what_is_no_region_is_refused():
    with pytest.raises(ValueError, match="region"):
        SageMaker(region="evil.example/")


async def test_an_endpoint_is_asked_without_the_name_of_a_model():
    reply = answers({"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]})
    scene = await Scene(reply, llm=llm(component="adapter-1")).ask(ask())
    assert scene.status == 200
    url, target, headers, _ = scene.client.sent[0]
    assert url == "https://runtime.sagemaker.us-east-1.amazonaws.com"
    assert target.endswith(b"/endpoints/my-endpoint/invocations")
    assert headers[b"x-amzn-sagemaker-inference-component"] == b"adapter-1"
    assert scene.upstream == {"messages": [{"role": "user", "content": "Hi"}]}


async def test_a_stream_comes_out_of_its_frames():
    whole = event(WORD) + event(STOP) + event(USAGE) + DONE
    frames = b"".join(write_frame(PART, whole[a : a + 50]) for a in range(0, len(whole), 50))
    scene = await Scene(Reply(200, FRAMES, frames[:70], frames[70:]), llm=llm()).ask(ask(stream=True))
    assert scene.headers[b"content-type"].startswith(b"text/event-stream")
    assert scene.body == event(WORD) + event(STOP) + DONE
    assert (scene.usage.input_tokens, scene.usage.output_tokens) == (3, 2)


async def test_a_failure_in_the_stream_is_told_as_one():
    failed = write_frame({":message-type": "exception", ":exception-type": "ModelStreamError"}, b'{"Message":"broke"}')
    scene = await Scene(Reply(200, FRAMES, write_frame(PART, event(WORD)) + failed), llm=llm()).ask(ask(stream=True))
    told = json.loads(scene.body.split(b"data: ")[2])
    assert told["error"] == {"message": "broke", "type": "ModelStreamError"}
    assert "llm.error_in_stream" in scene.record["flags"]


async def test_callers_of_other_dialects_reach_it_too():
    whole = event(WORD) + event(STOP) + event(USAGE) + DONE
    frames = write_frame(PART, whole)
    body = {"model": "s/e", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    scene = await Scene(Reply(200, FRAMES, frames), llm=llm()).ask(body, b"/v1/messages")
    assert b'"text":"hi"' in scene.body.replace(b" ", b"")
    assert scene.body.rstrip().endswith(b'{"type":"message_stop"}')
