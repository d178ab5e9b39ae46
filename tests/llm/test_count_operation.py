"""Tokens are counted by whoever can, in any dialect, and nobody is billed for it."""

from typing import Any

import msgspec
import pytest

from tests.llm.scene import Scene, answers
from trigate.core.demand import FREE_OF_CHARGE
from trigate.core.settings import Secret
from trigate.llm.address import OPERATIONS
from trigate.llm.count_operation import CountOperation
from trigate.llm.demand import Terms, demand_of
from trigate.llm.extent import MediaBounds
from trigate.llm.provider import Provider
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.bedrock import Bedrock
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.openai import OpenAI
from trigate.llm.providers.vertex import Vertex
from trigate.llm.settings import LlmSettings, Model

KEY = Secret("provider-canary-0123456789")
TEXT = "how many tokens are these"
CALLERS: dict[str, tuple[bytes, Any, str]] = {
    "anthropic": (
        b"/v1/messages/count_tokens",
        {"model": "m", "messages": [{"role": "user", "content": TEXT}]},
        "input_tokens",
    ),
    "openai": (b"/v1/responses/input_tokens", {"model": "m", "input": TEXT}, "input_tokens"),
    "gemini": (b"/v1beta/models/m:countTokens", {"contents": [{"parts": [{"text": TEXT}]}]}, "totalTokens"),
    "bedrock": (
        b"/model/m/count-tokens",
        {"input": {"converse": {"messages": [{"role": "user", "content": [{"text": TEXT}]}]}}},
        "inputTokens",
    ),
}
PROVIDERS: dict[str, tuple[Provider, bytes, str]] = {
    "anthropic": (Anthropic(api_key=KEY), b"/v1/v1/messages/count_tokens", "input_tokens"),
    "openai": (OpenAI(api_key=KEY), b"/v1/responses/input_tokens", "input_tokens"),
    "gemini": (Gemini(api_key=KEY), b"/v1/models/asked:countTokens", "totalTokens"),
    "vertex": (
        Vertex(project="p"),
        b"/v1/projects/p/locations/global/publishers/google/models/asked:countTokens",
        "totalTokens",
    ),
    "bedrock": (Bedrock(region="eu-central-1"), b"/v1/model/asked/count-tokens", "inputTokens"),
}


def settings(provider: Provider) -> LlmSettings:
    return LlmSettings(providers={"p": provider}, models={"m": Model(targets="p/asked")})


@pytest.mark.parametrize("spoken", PROVIDERS)
@pytest.mark.parametrize("caller", CALLERS)
async def test_every_caller_before_every_provider_that_counts(caller: str, spoken: str):
    path, body, told = CALLERS[caller]
    provider, target, answer = PROVIDERS[spoken]
    scene = await Scene(answers({answer: 42}), llm=settings(provider)).ask(body, path)
    assert (scene.status, scene.json[told]) == (200, 42)
    assert scene.client.sent[-1][1] == target
    assert TEXT.encode() in scene.client.sent[-1][3]
    assert b"max_tokens" not in scene.client.sent[-1][3]
    assert b"x-trigate-estimated" not in scene.headers
    assert scene.record["action"] == "llm.count_tokens"
    assert (scene.usage.input_tokens, scene.usage.cost, scene.usage.unpriced) == (0, 0, False)


@pytest.mark.parametrize("caller", CALLERS)
async def test_where_nobody_counts_it_is_estimated_and_said(caller: str):
    path, body, told = CALLERS[caller]
    scene = await Scene(llm=settings(OpenAI(base_url="http://127.0.0.1:9/v1"))).ask(body, path)
    assert scene.status == 200
    assert 5 < scene.json[told] < 50
    assert scene.headers[b"x-trigate-estimated"] == b"true"
    assert scene.record["flags"] == ["llm.estimated"]
    assert scene.client.sent == []


@pytest.mark.parametrize("spoken", ["anthropic", "gemini"])
async def test_a_server_that_turns_out_not_to_count_is_estimated_for(spoken: str):
    path, body, told = CALLERS["anthropic"]
    missing = answers({"error": {"message": "no route"}}, 404)
    scene = await Scene(missing, llm=settings(PROVIDERS[spoken][0])).ask(body, path)
    assert (scene.status, scene.headers[b"x-trigate-estimated"]) == (200, b"true")
    assert scene.json[told] > 5
    unknown = answers({"type": "error", "error": {"type": "not_found_error", "message": "model: asked"}}, 404)
    scene = await Scene(unknown, llm=settings(PROVIDERS["anthropic"][0])).ask(body, path)
    assert scene.status == 404


async def test_a_model_named_inside_is_the_targets():
    body = {"generateContentRequest": {"model": "models/other", "contents": [{"parts": [{"text": TEXT}]}]}}
    scene = Scene(answers({"totalTokens": 3}), llm=settings(Gemini(api_key=KEY)))
    await scene.ask(body, b"/v1beta/models/m:countTokens")
    assert scene.upstream["generateContentRequest"]["model"] == "models/asked"
    doubled = b'{"generateContentRequest":{"model":"models/a","model":"models/b","contents":[]}}'
    scene = await Scene(llm=settings(Gemini(api_key=KEY))).ask(doubled, b"/v1beta/models/m:countTokens")
    assert (scene.status, scene.client.sent) == (400, [])


async def test_a_refusal_comes_in_the_callers_dialect():
    refused = answers({"error": {"code": 400, "message": "bad contents", "status": "INVALID_ARGUMENT"}}, 400)
    path, body, _ = CALLERS["anthropic"]
    scene = await Scene(refused, llm=settings(Gemini(api_key=KEY))).ask(body, path)
    assert (scene.status, scene.json["type"]) == (400, "error")
    assert "bad contents" in scene.json["error"]["message"]


def test_limits_of_tokens_and_money_are_not_touched():
    (operation,) = [each for each in OPERATIONS if each.name == "anthropic_count"]
    assert isinstance(operation, CountOperation)
    ask = operation.decode(msgspec.json.encode(CALLERS["anthropic"][1]))
    demand = demand_of(ask, Terms("p", "m", None, "max_tokens", MediaBounds()))
    assert (demand.input_tokens, demand.output_tokens, demand.tariff) == (0, 0, FREE_OF_CHARGE)
    assert (demand.provider, demand.model) == ("p", "m")
