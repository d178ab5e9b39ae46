"""Every caller's embeddings before clouds that have a language of their own for them."""

from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import JSON, Reply, Scene, answers
from trigate.core.settings import Secret
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider import Provider
from trigate.llm.providers.bedrock import Bedrock
from trigate.llm.providers.vertex import Vertex
from trigate.llm.providers.watsonx import Watsonx
from trigate.llm.settings import LlmSettings, Model

KEY = Secret("provider-canary-0123456789")
ONE, TWO = [1.0, 0.5], [0.25, -2.0]
COUNTED = [*JSON, (b"x-amzn-bedrock-input-token-count", b"7")]
VERTEX = Vertex(project="p-1", api_key=KEY)
BEDROCK = Bedrock(region="eu-central-1", api_key=KEY)
PLACE = b"/v1/projects/p-1/locations/global/publishers/google/models/"


def predictions(*counted: tuple[list[float], int]) -> Reply:
    found = [{"embeddings": {"values": values, "statistics": {"token_count": count}}} for values, count in counted]
    return answers({"predictions": found})


def titan(vector: list[float], count: int) -> Reply:
    return answers({"embedding": vector, "inputTextTokenCount": count})


CLOUDS: dict[str, tuple[Provider, str, list[Reply], bytes, Any]] = {
    "vertex": (
        VERTEX,
        "text-embedding-005",
        [predictions((ONE, 3), (TWO, 4))],
        PLACE + b"text-embedding-005:predict",
        {"instances": [{"content": "a"}, {"content": "b"}]},
    ),
    "gemini on vertex": (
        VERTEX,
        "gemini-embedding-001",
        [predictions((ONE, 3)), predictions((TWO, 4))],
        PLACE + b"gemini-embedding-001:predict",
        {"instances": [{"content": "b"}]},
    ),
    "titan": (
        BEDROCK,
        "amazon.titan-embed-text-v2:0",
        [titan(ONE, 3), titan(TWO, 4)],
        b"/v1/model/amazon.titan-embed-text-v2%3A0/invoke",
        {"inputText": "b"},
    ),
    "cohere on bedrock": (
        BEDROCK,
        "cohere.embed-multilingual-v3",
        [answers({"embeddings": {"float": [ONE, TWO]}}, 200, COUNTED)],
        b"/v1/model/cohere.embed-multilingual-v3/invoke",
        {"texts": ["a", "b"], "input_type": "search_document", "embedding_types": ["float"]},
    ),
    "watsonx": (
        Watsonx(project_id="p-1", api_key=KEY),
        "ibm/slate-125m-english-rtrvr-v2",
        [answers({"results": [{"embedding": ONE}, {"embedding": TWO}], "input_token_count": 7})],
        b"/v1/ml/v1/text/embeddings?version=2025-02-11",
        {"inputs": ["a", "b"], "model_id": "ibm/slate-125m-english-rtrvr-v2", "project_id": "p-1"},
    ),
}
ASKS: dict[bytes, Any] = {
    b"/v1/embeddings": {"model": "m", "input": ["a", "b"]},
    b"/v2/embed": {"model": "m", "texts": ["a", "b"], "embedding_types": ["float"]},
    b"/v1beta/models/m:batchEmbedContents": {"requests": [{"content": {"parts": [{"text": text}]}} for text in "ab"]},
}


def settings(provider: Provider, model: str) -> LlmSettings:
    price = PriceSettings(input=Decimal(1))
    return LlmSettings(providers={"p": provider}, models={"m": Model(targets=f"p/{model}", price=price)})


def vectors(told: Any) -> Any:
    if "data" in told:
        return [each["embedding"] for each in told["data"]]
    found = told["embeddings"]
    return found["float"] if isinstance(found, dict) else [each["values"] for each in found]


@pytest.mark.parametrize("path", ASKS)
@pytest.mark.parametrize("cloud", CLOUDS)
async def test_every_caller_before_every_cloud(cloud: str, path: bytes):
    provider, model, replies, target, asked = CLOUDS[cloud]
    scene = await Scene(*replies, llm=settings(provider, model)).ask(ASKS[path], path)
    assert scene.status == 200
    assert vectors(scene.json) == [ONE, TWO]
    assert [each[1] for each in scene.client.sent] == [target] * len(replies)
    assert scene.upstream == asked
    assert (scene.usage.input_tokens, scene.usage.cost, scene.usage.estimated) == (7, 7000, False)
    assert all(each.closed for each in scene.client.answers)


async def test_what_the_head_does_not_count_is_estimated():
    provider, model, *_ = CLOUDS["cohere on bedrock"]
    reply = answers({"embeddings": [ONE, TWO]})
    scene = await Scene(reply, llm=settings(provider, model)).ask(ASKS[b"/v1/embeddings"], b"/v1/embeddings")
    assert scene.status == 200
    assert scene.usage.estimated


async def test_a_later_request_that_is_refused_ends_the_ask():
    provider, model, *_ = CLOUDS["titan"]
    refused = answers({"message": "too many"}, 429)
    scene = await Scene(titan(ONE, 3), refused, llm=settings(provider, model)).ask(
        ASKS[b"/v1/embeddings"], b"/v1/embeddings"
    )
    assert scene.status == 429
    assert (scene.usage.input_tokens, scene.usage.estimated) == (3, False)
    assert scene.usage.cost > 0


async def test_a_later_refusal_is_the_next_targets_turn():
    provider, model, *_ = CLOUDS["titan"]
    vertex = CLOUDS["vertex"]
    llm = LlmSettings(
        providers={"p": provider, "v": vertex[0]}, models={"m": Model(targets=[f"p/{model}", f"v/{vertex[1]}"])}
    )
    scene = await Scene(titan(ONE, 3), answers({}, 503), *vertex[2], llm=llm).ask(
        ASKS[b"/v1/embeddings"], b"/v1/embeddings"
    )
    assert (scene.status, vectors(scene.json)) == (200, [ONE, TWO])


@pytest.mark.parametrize("answer", [{}, {"embedding": 5}, {"embedding": ["x"]}, []])
async def test_an_answer_in_no_known_form_is_the_providers_fault(answer: Any):
    provider, model, *_ = CLOUDS["titan"]
    scene = await Scene(answers(answer), llm=settings(provider, model)).ask(
        {"model": "m", "input": "a"}, b"/v1/embeddings"
    )
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.protocol")


async def test_a_vector_too_few_is_the_providers_fault():
    provider, model, *_ = CLOUDS["vertex"]
    scene = await Scene(predictions((ONE, 3)), llm=settings(provider, model)).ask(
        ASKS[b"/v1/embeddings"], b"/v1/embeddings"
    )
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.protocol")


@pytest.mark.parametrize("model", ["gemini-3", "amazon.nova-pro-v1:0", "text-embedding-unknown"])
async def test_a_model_that_makes_no_vectors_offers_none(model: str):
    for provider in (VERTEX, BEDROCK):
        if model.startswith("text-") and provider is VERTEX:
            continue
        scene = await Scene(llm=settings(provider, model)).ask({"model": "m", "input": "a"}, b"/v1/embeddings")
        assert scene.error["code"] == "model.not_offered"


async def test_one_ask_does_not_take_thousands_of_requests():
    provider, model, *_ = CLOUDS["titan"]
    body = {"model": "m", "input": ["a"] * 2049}
    scene = await Scene(llm=settings(provider, model)).ask(body, b"/v1/embeddings")
    assert (scene.status, scene.error["code"]) == (400, "request.not_portable")
    assert scene.client.sent == []
