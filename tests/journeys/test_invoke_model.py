"""Callers of Bedrock's InvokeModel, who mean Claude, talk to another model through a real gateway."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.lib.bedrock import AnthropicBedrock

from tests.journeys.conftest import START_SECONDS, Gateway
from tests.journeys.sdks.bedrock_converse import client as amazon
from tests.journeys.serving import serving
from trigate.cli.demo.provider import Provider

PROVIDER_KEY = "sk-provider-canary-0123456789"
KEY = "ann-key-canary-0123456789"
WORDS = "I like tea"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving(Provider(PROVIDER_KEY, pace=0)) as url:
        running = Gateway(
            tmp_path_factory.mktemp("gateway"),
            f"""
policy:
  keys:
    ann: {{ secret: {KEY}, team: red }}
llm:
  providers:
    demo: {{ kind: openai, base_url: '{url}/v1', api_key: '{PROVIDER_KEY}' }}
  models:
    claude: {{ targets: demo/demo-chat }}
""",
        )
        try:
            running.until(running.ready, START_SECONDS)
            yield running
        finally:
            assert running.stop() == 0


def body() -> dict[str, Any]:
    messages = [{"role": "user", "content": WORDS}]
    return {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": messages}


def test_amazons_sdk_invokes_a_model(running: Gateway):
    client = amazon(running.url, KEY)
    whole = json.loads(client.invoke_model(modelId="claude", body=json.dumps(body()))["body"].read())
    assert whole["type"] == "message"
    said = whole["content"][0]["text"]
    assert said
    stream = client.invoke_model_with_response_stream(modelId="claude", body=json.dumps(body()))["body"]
    events = [json.loads(each["chunk"]["bytes"]) for each in stream]
    assert "".join(each["delta"].get("text", "") for each in events if each["type"] == "content_block_delta") == said
    assert events[-1]["type"] == "message_stop"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke_model(modelId="nothing", body=json.dumps(body()))
    client.close()


def test_anthropics_sdk_for_bedrock_talks_to_it(running: Gateway):
    client = AnthropicBedrock(base_url=running.url, api_key=KEY, aws_region="eu-central-1", max_retries=0)
    messages: Any = [{"role": "user", "content": WORDS}]
    whole = client.messages.create(model="claude", max_tokens=100, messages=messages)
    with client.messages.stream(model="claude", max_tokens=100, messages=messages) as stream:
        assert "".join(stream.text_stream) == getattr(whole.content[0], "text", "")
    assert whole.usage.output_tokens > 0
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="nothing", max_tokens=100, messages=messages)
    client.close()
