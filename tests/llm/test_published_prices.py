"""Usage as providers' documents show it, by the prices that their pages show, to the nano-dollar."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.llm.scene import Scene, answers, event, streams
from trigate.core.settings import Secret
from trigate.core.usage import Usage
from trigate.llm.price_settings import PriceSettings
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.gemini import Gemini
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

KEY = Secret("sk-canary-0123456789")
PROVIDERS = {"openai": OpenAI(api_key=KEY), "anthropic": Anthropic(api_key=KEY), "google": Gemini(api_key=KEY)}
CHAT = b"/v1/chat/completions"


def settings() -> LlmSettings:
    return LlmSettings(providers=dict(PROVIDERS))


def claude(**usage: Any) -> dict[str, Any]:
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "claude-opus-4-1", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "hi"}], "usage": usage,
    }  # fmt: skip


def gpt(**usage: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": "hi"}
    return {"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


def search(kind: str) -> dict[str, Any]:
    return {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"type": kind}}


def response(**usage: Any) -> dict[str, Any]:
    said = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
    content = [{"type": "output_text", "text": "hi", "annotations": []}]
    output = [search("search"), search("open_page"), search("find_in_page"), {**said, "content": content}]
    return {"id": "r", "object": "response", "model": "gpt-5", "status": "completed", "output": output, "usage": usage}


def gemini(**usage: Any) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"text": "hi"}]}
    return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}


CACHED = {
    "input_tokens": 105, "output_tokens": 6039, "cache_read_input_tokens": 7123, "cache_creation_input_tokens": 7345,
}  # fmt: skip
HOUR = {"ephemeral_5m_input_tokens": 345, "ephemeral_1h_input_tokens": 7000}
IMAGES = [{"modality": "IMAGE", "tokenCount": 1290}]
SOUND = [{"modality": "TEXT", "tokenCount": 400}, {"modality": "AUDIO", "tokenCount": 600}]

# Dollars per million tokens on the providers' pages: Claude Opus 4.1 15 in, 75 out, 1.50 read, 18.75 and 30 written,
# 10 for a thousand searches; GPT-5 1.25 in, 0.125 read, 10 out, 10 for a thousand searches; Gemini 2.5 Flash 0.30 in,
# 1.00 for sound, 2.50 out; Gemini 2.5 Flash Image 30 out, which its page calls $0.039 for an image.
BILLS = {
    "Claude with cache": (
        "anthropic/claude-opus-4-1",
        claude(**CACHED),
        1_575_000 + 452_925_000 + 10_684_500 + 137_718_750,
    ),
    "Claude for an hour": (
        "anthropic/claude-opus-4-1",
        claude(**CACHED, cache_creation=HOUR),
        1_575_000 + 452_925_000 + 10_684_500 + 345 * 18_750 + 7000 * 30_000,
    ),
    "Claude searching": (
        "anthropic/claude-opus-4-1",
        claude(input_tokens=105, output_tokens=6039, server_tool_use={"web_search_requests": 3}),
        1_575_000 + 452_925_000 + 30_000_000,
    ),
    "GPT with cache": (
        "openai/gpt-5",
        gpt(prompt_tokens=2006, completion_tokens=300, prompt_tokens_details={"cached_tokens": 1920}),
        86 * 1250 + 1920 * 125 + 300 * 10_000,
    ),
    "GPT that thinks": (
        "openai/gpt-5",
        gpt(prompt_tokens=10, completion_tokens=300, completion_tokens_details={"reasoning_tokens": 256}),
        10 * 1250 + 300 * 10_000,
    ),
    "Gemini that hears": (
        "google/gemini-2.5-flash",
        gemini(promptTokenCount=1000, candidatesTokenCount=50, thoughtsTokenCount=100, promptTokensDetails=SOUND),
        400 * 300 + 600 * 1000 + 150 * 2500,
    ),
    "Gemini that draws": (
        "google/gemini-2.5-flash-image",
        gemini(promptTokenCount=0, candidatesTokenCount=1290, candidatesTokensDetails=IMAGES),
        38_700_000,
    ),
}


@pytest.mark.parametrize("name", BILLS)
async def test_a_call_costs_what_the_page_says(name: str):
    model, reply, cost = BILLS[name]
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    usage = (await Scene(answers(reply), llm=settings()).ask(body, CHAT)).usage
    assert usage.cost == cost
    assert not usage.unpriced
    assert not usage.estimated


SEARCHING = 328 * 1250 + 356 * 10_000 + 10_000_000
COUNTS = {"input_tokens": 328, "output_tokens": 356}


async def searched(own: OpenAI | None = None) -> Usage:
    llm = settings() if own is None else LlmSettings(providers={"openai": own})
    ask = {"model": "openai/gpt-5", "input": "hi"}
    return (await Scene(answers(response(**COUNTS)), llm=llm).ask(ask, b"/v1/responses")).usage


async def test_of_gpts_tool_only_searching_is_billed():
    usage = await searched()
    assert (usage.cost, usage.units) == (SEARCHING, {"web_searches": 1})


async def test_a_stream_costs_the_same():
    done = msgspec.json.encode({"type": "response.completed", "response": response(**COUNTS)})
    stream = streams(b"event: response.completed\n" + event(done))
    ask = {"model": "openai/gpt-5", "input": "hi", "stream": True}
    usage = (await Scene(stream, llm=settings()).ask(ask, b"/v1/responses")).usage
    assert (usage.cost, usage.units) == (SEARCHING, {"web_searches": 1})


@pytest.mark.parametrize(("searches", "cost", "unpriced"), [(None, 328_000, True), (Decimal(5), 5_328_000, False)])
async def test_a_search_whose_price_is_not_known_is_not_free(searches: Decimal | None, cost: int, unpriced: bool):
    price = PriceSettings(input=Decimal(1), web_searches=searches)
    usage = await searched(OpenAI(api_key=KEY, prices={"*": price}))
    assert (usage.cost, usage.unpriced) == (cost, unpriced)


GROUND = {"webSearchQueries": ["one", "two", "three"]}
GROUNDED_USAGE = {"promptTokenCount": 100, "candidatesTokenCount": 10}
GEMINI_ASK = {"contents": [{"parts": [{"text": "hi"}]}]}


def grounded(version: str, **more: Any) -> Any:
    candidate = {"content": {"parts": [{"text": "a"}], "role": "model"}, "finishReason": "STOP"}
    told = {"candidates": [candidate | {"groundingMetadata": GROUND}], "modelVersion": version}
    return {**told, "usageMetadata": GROUNDED_USAGE, **more}


@pytest.mark.parametrize(
    ("model", "count", "fee"), [("gemini-2.5-pro", 1, 35_000_000), ("gemini-3-pro-preview", 3, 42_000_000)]
)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("translated", [False, True])
async def test_geminis_searches_are_billed_by_the_ask_or_by_the_search(
    model: str, count: int, fee: int, streamed: bool, translated: bool
):
    if translated:
        path, body = CHAT, {"model": f"google/{model}", "messages": [{"role": "user", "content": "hi"}]}
        body |= {"stream": streamed}
    else:
        method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
        path, body = f"/v1beta/models/google%2F{model}:{method}".encode(), GEMINI_ASK
    told = grounded(model)
    late = b"data: " + msgspec.json.encode({"usageMetadata": GROUNDED_USAGE, "modelVersion": model}) + b"\r\n\r\n"
    reply = streams(b"data: " + msgspec.json.encode(told) + b"\r\n\r\n" + late) if streamed else answers(told)
    usage = (await Scene(reply, llm=settings()).ask(body, path)).usage
    assert usage.units == {"web_searches": count}
    assert not usage.unpriced
    plain = answers({**told, "candidates": [{**told["candidates"][0], "groundingMetadata": {}}]})
    unsearched = (
        await Scene(plain, llm=settings()).ask(GEMINI_ASK, f"/v1beta/models/google%2F{model}:generateContent".encode())
    ).usage
    assert unsearched.units is None
    assert usage.cost == unsearched.cost + fee


DEEP = {"prompt_tokens": 10, "completion_tokens": 20, "num_search_queries": 4, "reasoning_tokens": 30}


async def perplexed(model: str) -> Usage:
    reply = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}], "usage": DEEP}
    llm = LlmSettings(providers={"p": OpenAI(base_url="https://api.perplexity.ai", api_key=KEY)})
    body = {"model": f"p/{model}", "messages": [{"role": "user", "content": "hi"}]}
    return (await Scene(answers(reply), llm=llm).ask(body, CHAT)).usage


async def test_searches_of_perplexitys_deep_research_are_billed():
    usage = await perplexed("sonar-deep-research")
    assert (usage.cost, usage.unpriced) == (10 * 2000 + 20 * 8000 + 30 * 3000 + 4 * 5_000_000, False)


async def test_searches_of_a_model_that_is_billed_by_the_call_are_in_that():
    usage = await perplexed("sonar-pro")
    assert not usage.unpriced
    assert 14_000_000 < usage.cost < 15_000_000


@pytest.mark.parametrize(("fee", "unpriced"), [(None, True), (Decimal(10), False)])
async def test_a_chat_model_that_always_searches_is_billed_one(fee: Decimal | None, unpriced: bool):
    reply = {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 0}}
    price = PriceSettings(input=Decimal(1), web_searches=fee)
    llm = LlmSettings(providers={"openai": OpenAI(api_key=KEY, prices={"*": price})})
    body = {"model": "openai/gpt-5-search-api", "messages": [{"role": "user", "content": "hi"}]}
    usage = (await Scene(answers(reply), llm=llm).ask(body, CHAT)).usage
    assert usage.units == {"web_searches": 1}
    assert (usage.cost, usage.unpriced) == (1_000_000 + (10_000_000 if fee else 0), unpriced)
