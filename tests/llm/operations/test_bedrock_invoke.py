"""InvokeModel: Claude's bodies before any model, others before Bedrock."""

import json
from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.golden.book import HERE
from tests.llm.providers.test_bedrock import FRAMES, MODEL, SPOKEN, framed
from tests.llm.scene import DONE, JSON, STOP, USAGE, WORD, Reply, Scene, answers, event, settings, streams
from tests.llm.test_invoke_passing import STREAM
from trigate.core.settings import Secret
from trigate.llm.dialects.bedrock_converse.frame import FrameReader
from trigate.llm.error import InvalidParameter
from trigate.llm.operation import Address
from trigate.llm.operations.bedrock_invoke import OPERATION
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider import Provider
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.bedrock import Bedrock
from trigate.llm.settings import LlmSettings, Model

CLAUDE: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hi"}],
}
REPLY = (HERE / "replies/anthropic_messages/text.json").read_bytes()
COMPLETION = {
    "id": "c",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
LLAMA = {"prompt": "Hi", "max_gen_len": 20}
STREAMED = b"/invoke-with-response-stream"


def bedrock() -> LlmSettings:
    price = PriceSettings(input=Decimal(1), output=Decimal(10))
    speaks: Any = ["bedrock_converse", "anthropic_messages"]
    providers: dict[str, Provider] = {"b": Bedrock(region="eu-central-1", api_key=Secret("k"), speaks=speaks)}
    models = {"claude": f"b/{MODEL}", "llama": "b/meta.llama3-8b-instruct-v1:0"}
    return LlmSettings(
        providers=providers, models={name: Model(targets=each, price=price) for name, each in models.items()}
    )


def contents(scene: Scene) -> list[Any]:
    return [json.loads(b64decode(json.loads(each.payload)["bytes"])) for each in FrameReader(10**6).feed(scene.body)]


async def test_claude_on_bedrock_is_asked_in_its_own_words():
    body = {**CLAUDE, "anthropic_beta": ["context-1m-2025-08-07"], "future": 1}
    scene = await Scene(answers(REPLY), llm=bedrock()).ask(body, b"/model/claude/invoke")
    assert (scene.status, scene.body) == (200, REPLY)
    assert scene.upstream == body
    assert scene.record["action"] == "llm.chat"


async def test_its_stream_is_unpacked_read_and_packed_again():
    scene = await Scene(Reply(200, FRAMES, framed(SPOKEN)), llm=bedrock()).ask(CLAUDE, b"/model/claude" + STREAMED)
    assert scene.headers[b"content-type"] == b"application/vnd.amazon.eventstream"
    assert scene.upstream == CLAUDE
    assert contents(scene) == [json.loads(line[6:]) for line in SPOKEN.split(b"\n") if line.startswith(b"data: ")]
    assert scene.usage.output_tokens == 9


async def test_any_other_model_answers_claudes_callers():
    scene = await Scene(answers(COMPLETION)).ask(CLAUDE, b"/model/fast/invoke")
    assert scene.status == 200, scene.body
    assert scene.json["content"] == [{"type": "text", "text": "hi"}]
    assert scene.upstream["messages"] == CLAUDE["messages"]
    assert "anthropic_version" not in scene.upstream


async def test_any_other_model_streams_to_them():
    reply = streams(event(WORD) + event(STOP) + event(USAGE), DONE)
    scene = await Scene(reply).ask(CLAUDE, b"/bedrock/model/fast" + STREAMED)
    told = contents(scene)
    assert told[0]["type"] == "message_start"
    assert told[-1]["type"] == "message_stop"
    assert "".join(each["delta"].get("text", "") for each in told if each["type"] == "content_block_delta") == "hi"


@pytest.mark.parametrize("streamed", [False, True])
async def test_anthropic_itself_is_told_in_the_body_whether_to_stream(streamed: bool):
    llm = LlmSettings(
        providers={"a": Anthropic(api_key=Secret("k"))}, models={"claude": Model(targets="a/claude-large")}
    )
    reply = streams(SPOKEN) if streamed else answers(REPLY)
    scene = await Scene(reply, llm=llm).ask(CLAUDE, b"/model/claude" + (STREAMED if streamed else b"/invoke"))
    assert scene.upstream.get("stream", False) is streamed
    assert "anthropic_version" not in scene.upstream
    if streamed:
        assert contents(scene)[-1]["type"] == "message_stop"


async def test_a_refusal_comes_in_amazons_words():
    refused = answers({"error": {"message": "slow down", "type": "rate_limit"}}, 429)
    scene = await Scene(refused).ask(CLAUDE, b"/model/fast/invoke")
    assert (scene.status, scene.headers[b"x-amzn-errortype"]) == (429, b"ThrottlingException")
    assert scene.json["__type"] == "ThrottlingException"
    assert "slow down" in scene.json["message"]


async def test_other_bodies_go_through_and_are_counted_by_the_head():
    reply = b'{"generation":"hi","prompt_token_count":7}'
    counted = [*JSON, (b"x-amzn-bedrock-input-token-count", b"7"), (b"x-amzn-bedrock-output-token-count", b"5")]
    scene = await Scene(answers(reply, 200, counted), llm=bedrock()).ask(LLAMA, b"/model/llama/invoke")
    assert (scene.status, scene.body) == (200, reply)
    assert scene.client.sent[0][1] == b"/v1/model/meta.llama3-8b-instruct-v1%3A0/invoke"
    assert scene.upstream == LLAMA
    assert (scene.usage.input_tokens, scene.usage.output_tokens, scene.usage.cost) == (7, 5, 57_000)
    assert scene.record["action"] == "llm.invoke"


async def test_their_streams_go_through_and_are_counted_by_the_last_frame():
    scene = await Scene(Reply(200, FRAMES, STREAM[:50], STREAM[50:]), llm=bedrock()).ask(
        LLAMA, b"/model/llama" + STREAMED
    )
    assert scene.body == STREAM
    assert scene.client.sent[0][1].endswith(STREAMED)
    assert (scene.usage.input_tokens, scene.usage.output_tokens, scene.usage.estimated) == (7, 5, False)


async def test_what_is_not_counted_is_estimated():
    scene = await Scene(answers(b'{"generation":"hi, how are you"}'), llm=bedrock()).ask(LLAMA, b"/model/llama/invoke")
    assert scene.usage.estimated
    assert scene.usage.cost > 0


async def test_elsewhere_they_are_not_understood():
    scene = await Scene(llm=settings()).ask(LLAMA, b"/model/fast/invoke")
    assert (scene.status, scene.headers[b"x-amzn-errortype"]) == (404, b"ResourceNotFoundException")


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (LLAMA, 20),
        ({"prompt": "x", "max_tokens": 5}, 5),
        ({"inputText": "x", "textGenerationConfig": {"maxTokenCount": 8}}, 8),
        ({"messages": [], "inferenceConfig": {"max_new_tokens": 4}}, 4),
        ({"prompt": "x"}, None),
    ],
)
def test_a_bound_is_found_in_each_makers_words(body: dict[str, Any], most: int | None):
    members = OPERATION.decode(json.dumps(body).encode(), Address(OPERATION, "m")).members
    bound = OPERATION.output_bound(members)
    assert bound.most("") == most
    if most is not None:
        lowered = {**members, **bound.lowered(members, "", 2)}
        assert OPERATION.output_bound(lowered).most("") == 2
    else:
        with pytest.raises(InvalidParameter):
            bound.lowered(members, "", 2)


@pytest.mark.parametrize("betas", ["x", [5], ["a,b"], ["a\r\nb"]])
def test_betas_are_a_list_of_names(betas: Any):
    with pytest.raises(InvalidParameter):
        OPERATION.decode(json.dumps({**CLAUDE, "anthropic_beta": betas}).encode(), Address(OPERATION, "m"))
