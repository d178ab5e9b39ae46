"""What passed answers used up is read where they have a known form."""

from decimal import Decimal
from typing import Any

import pytest

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.principal import Principal
from trigate.core.usage import Usage
from trigate.llm.passthrough.gauge import MOST, Gauge
from trigate.llm.price_book import PriceBook
from trigate.llm.price_settings import PriceSettings
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings

JSON, SSE = b"application/json; charset=utf-8", b"text/event-stream"
PRICES = PriceBook(
    LlmSettings(providers={"p": OpenAI(prices={"m*": PriceSettings(input=Decimal(1), output=Decimal(2))})}), None
)


async def used(path: bytes, form: bytes, *pieces: bytes) -> Usage:
    gauge = Gauge(path, form, 1000)
    for piece in pieces:
        gauge.feed(piece)
    call = Call("1", exchange(), Principal("k", frozenset()), Action("llm.passthrough", "p"), None, 0.0, Usage())
    gauge.close(call, PRICES, "p", 400)
    return call.usage


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (b"/chat/completions", b'{"model":"m1","usage":{"prompt_tokens":3,"completion_tokens":4}}'),
        (b"/responses", b'{"model":"m1","usage":{"input_tokens":3,"output_tokens":4}}'),
        (b"/v1/messages", b'{"model":"m1","usage":{"input_tokens":3,"output_tokens":4}}'),
        (b"/models/m1:generateContent", b'{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}'),
        (b"/images/generations", b'{"model":"m1","usage":{"input_tokens":3,"output_tokens":4}}'),
    ],
)
async def test_whole_answers_are_counted_and_priced(path: bytes, body: bytes):
    usage = await used(path, JSON, body[:10], body[10:])
    assert (usage.input_tokens, usage.output_tokens, usage.cost) == (3, 4, 11_000)
    assert (usage.unpriced, usage.estimated) == (False, False)


async def test_streams_are_counted_or_else_estimated():
    word = b'data: {"model":"m1","choices":[{"index":0,"delta":{"content":"12345678"}}]}\n\n'
    count = b'data: {"model":"m1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n'
    usage = await used(b"/chat/completions", SSE, word, count, b"data: [DONE]\n\n")
    assert (usage.input_tokens, usage.output_tokens, usage.cost) == (3, 4, 11_000)
    usage = await used(b"/chat/completions", SSE, word, word)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (100, 4, True)


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (JSON, b'{"object":"file"}'),
        (JSON, b"x"),
        (JSON, b" " * (MOST + 1)),
        (b"audio/mpeg", b"sound"),
        (SSE, b"data: x\n\n"),
        (JSON, b'{"usage":{"input_tokens":-5}}'),
    ],
)
async def test_what_tells_nothing_has_no_price(form: bytes, body: bytes):
    usage = await used(b"/files", form, body)
    assert (usage.cost, usage.unpriced) == (0, True)


async def test_an_event_that_is_too_large_stops_nothing_but_the_count():
    usage = await used(b"/chat/completions", SSE, b"data: " + b"x" * 2000)
    assert usage.unpriced


async def test_a_model_without_a_price_has_none():
    body: Any = b'{"model":"other","usage":{"prompt_tokens":3}}'
    assert (await used(b"/chat/completions", JSON, body)).unpriced
