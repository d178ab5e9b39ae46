"""Embeddings and rankings: every caller before every provider."""

from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import Scene, answers
from trigate.core.settings import Secret
from trigate.llm.embedding import pack
from trigate.llm.price_settings import PriceSettings
from trigate.llm.provider import Provider
from trigate.llm.providers.cohere import Cohere
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model

KEY = Secret("provider-canary-0123456789")
PRICE = PriceSettings(input=Decimal(1), searches=Decimal(2))
ONE, TWO = [1.0, 0.5], [0.25, -2.0]
EMBEDS: dict[str, tuple[Provider, Any, Any]] = {
    "openai": (
        OpenAI(api_key=KEY),
        {"data": [{"index": 1, "embedding": TWO}, {"index": 0, "embedding": ONE}], "usage": {"prompt_tokens": 7}},
        {"model": "x", "input": ["a", "b"], "encoding_format": "float"},
    ),
    "cohere": (
        Cohere(api_key=KEY),
        {"id": "e", "embeddings": {"float": [ONE, TWO]}, "meta": {"billed_units": {"input_tokens": 7}}},
        {"model": "x", "texts": ["a", "b"], "input_type": "search_document", "embedding_types": ["float"]},
    ),
    "gemini": (
        Gemini(api_key=KEY),
        {"embeddings": [{"values": ONE}, {"values": TWO}], "usageMetadata": {"promptTokenCount": 7}},
        {"requests": [{"model": "models/x", "content": {"parts": [{"text": text}]}} for text in "ab"]},
    ),
}
RANKS: dict[str, tuple[Provider, bytes, Any, Any]] = {
    "cohere": (
        Cohere(api_key=KEY),
        b"/v1/v2/rerank",
        {"id": "r", "results": [{"index": 1, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 1}}},
        {"model": "x", "query": "q", "documents": ["a", "b"], "top_n": 1},
    ),
    "jina": (
        OpenAI(base_url="http://127.0.0.1:9/v1"),
        b"/v1/rerank",
        {"results": [{"index": 1, "relevance_score": 0.9}], "usage": {"total_tokens": 9}},
        {"model": "x", "query": "q", "documents": ["a", "b"], "top_n": 1, "return_documents": False},
    ),
    "voyage": (
        OpenAI(base_url="https://api.voyageai.com/v1"),
        b"/v1/rerank",
        {"data": [{"index": 1, "relevance_score": 0.9}], "usage": {"total_tokens": 9}},
        {"model": "x", "query": "q", "documents": ["a", "b"], "top_k": 1},
    ),
}


def settings(provider: Provider) -> LlmSettings:
    return LlmSettings(providers={"p": provider}, models={"m": Model(targets="p/x", price=PRICE)})


def vectors(told: Any) -> Any:
    """Of an answer in any dialect."""
    if "data" in told:
        return [each["embedding"] for each in told["data"]]
    embeddings = told["embeddings"]
    return embeddings["float"] if isinstance(embeddings, dict) else [each["values"] for each in embeddings]


@pytest.mark.parametrize("spoken", EMBEDS)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (b"/v1/embeddings", {"model": "m", "input": ["a", "b"]}),
        (b"/v2/embed", {"model": "m", "texts": ["a", "b"], "input_type": "search_document"}),
        (
            b"/v1beta/models/m:batchEmbedContents",
            {"requests": [{"model": "models/other", "content": {"parts": [{"text": text}]}} for text in "ab"]},
        ),
    ],
)
async def test_every_embedding_before_every_provider(path: bytes, body: Any, spoken: str):
    provider, answer, asked = EMBEDS[spoken]
    scene = await Scene(answers(answer), llm=settings(provider)).ask(body, path)
    assert scene.status == 200
    assert sorted(vectors(scene.json)) == sorted([ONE, TWO])
    assert scene.upstream.keys() >= asked.keys() - {"encoding_format", "embedding_types", "input_type"}
    assert b"other" not in scene.client.sent[-1][3]
    assert (scene.usage.input_tokens, scene.usage.cost, scene.usage.estimated) == (7, 7000, False)
    assert scene.record["action"] == "llm.embeddings"


@pytest.mark.parametrize("spoken", ["cohere", "gemini"])
async def test_a_translated_body_is_whole(spoken: str):
    provider, answer, asked = EMBEDS[spoken]
    scene = await Scene(answers(answer), llm=settings(provider)).ask(
        {"model": "m", "input": ["a", "b"], "encoding_format": "base64", "user": "u"}, b"/v1/embeddings"
    )
    assert scene.upstream == asked
    assert [each["embedding"] for each in scene.json["data"]] == [pack(ONE), pack(TWO)]
    assert scene.json["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert scene.headers[b"x-trigate-loss"] == b"user;dropped"


async def test_one_content_is_answered_with_one_vector():
    provider, answer, _ = EMBEDS["openai"]
    body = {"content": {"parts": [{"text": "a"}]}, "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 2}
    scene = await Scene(answers(answer), llm=settings(provider)).ask(body, b"/v1beta/models/m:embedContent")
    assert scene.json["embedding"]["values"] == ONE
    assert scene.upstream == {"model": "x", "input": ["a"], "encoding_format": "float", "dimensions": 2}
    assert scene.headers[b"x-trigate-loss"] == b"purpose;dropped"


@pytest.mark.parametrize("spoken", RANKS)
@pytest.mark.parametrize("path", [b"/v1/rerank", b"/v2/rerank"])
async def test_every_ranking_before_every_provider(path: bytes, spoken: str):
    provider, target, answer, asked = RANKS[spoken]
    body = {"model": "m", "query": "q", "documents": ["a", "b"], "top_n": 1}
    scene = await Scene(answers(answer), llm=settings(provider)).ask(body, path)
    assert (scene.status, scene.json["results"][0]["index"]) == (200, 1)
    assert scene.client.sent[-1][1] == target
    assert scene.upstream.items() <= asked.items()
    assert scene.usage.cost == (2_000_000 if spoken == "cohere" else 9000)
    assert scene.record["action"] == "llm.rerank"


async def test_voyages_callers_are_understood():
    provider, _, answer, asked = RANKS["cohere"]
    body = {"model": "m", "query": "q", "documents": ["a", "b"], "top_k": 1, "return_documents": True}
    scene = await Scene(answers(answer), llm=settings(provider)).ask(body, b"/v1/rerank")
    assert scene.upstream == asked
    assert scene.json["data"] == [{"index": 1, "relevance_score": 0.9, "document": "b"}]
    assert scene.json["results"] == [{"index": 1, "relevance_score": 0.9, "document": {"text": "b"}}]


@pytest.mark.parametrize("answer", [{}, {"results": [{}]}, {"results": 5}, [], "x"])
async def test_an_answer_in_no_known_form_is_the_providers_fault(answer: Any):
    body = {"model": "m", "query": "q", "documents": ["a"]}
    scene = await Scene(answers(answer), llm=settings(RANKS["cohere"][0])).ask(body, b"/v1/rerank")
    assert (scene.status, scene.record["outcome"]) == (502, "upstream.protocol")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "m", "input": [1, 2]}, "request.not_portable"),
        ({"model": "m", "input": []}, "request.invalid_parameter"),
        ({"model": "m", "input": "a", "dimensions": "many"}, "request.invalid_parameter"),
    ],
)
async def test_what_cannot_be_said_elsewhere_is_refused(body: Any, code: str):
    scene = await Scene(llm=settings(Cohere(api_key=KEY))).ask(body, b"/v1/embeddings")
    assert (scene.status, scene.record["outcome"]) == (400, code)


async def test_who_ranks_nothing_says_so():
    scene = await Scene(llm=settings(OpenAI(api_key=KEY))).ask(
        {"model": "m", "query": "q", "documents": ["a"]}, b"/v2/rerank"
    )
    assert (scene.status, scene.record["outcome"]) == (404, "model.not_offered")
