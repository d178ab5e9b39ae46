"""What a call costs, on every way it can end."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import DONE, JSON, STOP, Reply, Scene, answers, event, fails, settings, streams
from trigate.core.clock import clock
from trigate.core.errors import StreamBroken, UpstreamFailed, UpstreamTimeout, UpstreamUnreachable
from trigate.core.settings import Duration
from trigate.core.usage import Usage
from trigate.llm.price_settings import PriceSettings
from trigate.llm.settings import LlmSettings, Model

ASK = {"model": "smart", "messages": [{"role": "user", "content": "x" * 4000}]}
STREAMED = {**ASK, "stream": True}
COUNTED = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 10},
}
COMPLETION = {"choices": [{"message": {"role": "assistant", "content": "y" * 400}}], "usage": COUNTED}
USAGE = event(b'{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":30}}')
EIGHT = event(b'{"choices":[{"index":0,"delta":{"content":"12345678"}}]}')
RESET = StreamBroken("the provider reset the connection")
PRICE = PriceSettings(input=Decimal(1), cache_read=Decimal("0.5"), output=Decimal(4))
"""1,000 nano-dollars for a token of input, 500 from the cache, 4,000 for one of output."""
FULL = 60 * 1000 + 40 * 500 + 30 * 4000
GUESSED_INPUT = 1010


def priced(**changes: Any) -> LlmSettings:
    targets = {"smart": "openai/m", "both": ["openai/m", "other/m"], "odd": "other/odd", "real": "openai/gpt-5.2"}
    models = {
        name: Model(targets=each, price=None if name in ("odd", "real") else PRICE) for name, each in targets.items()
    }
    return settings(**{"models": models, **changes})


async def used(*replies: Reply, ask: dict[str, Any] = ASK, llm: LlmSettings | None = None) -> Usage:
    return (await Scene(*replies, llm=llm or priced()).ask(ask)).usage


def is_guessed(usage: Usage, output: int = 0, asked: int = 1) -> bool:
    """Whether it is the estimate of this ask and an output, and was paid for."""
    near = abs(usage.input_tokens - asked * GUESSED_INPUT) <= 15 * asked
    paid = usage.cost == usage.input_tokens * 1000 + output * 4000
    return near and paid and usage.output_tokens == output and usage.estimated


# ends in order


async def test_an_answer_costs_what_its_usage_costs():
    usage = await used(answers(COMPLETION))
    assert usage.cost == FULL
    assert not usage.estimated
    assert not usage.unpriced


async def test_a_stream_costs_what_its_last_chunk_says():
    usage = await used(streams(EIGHT, event(STOP), USAGE, DONE), ask=STREAMED)
    assert usage.cost == 100 * 1000 + 30 * 4000
    assert not usage.estimated


async def test_embeddings_cost_their_input():
    scene = Scene(answers({"data": [], "usage": {"prompt_tokens": 7, "total_tokens": 7}}), llm=priced())
    await scene.ask({"model": "smart", "input": ["a"]}, b"/v1/embeddings")
    assert scene.usage.cost == 7000


async def test_an_answer_that_counts_nothing_is_estimated_from_its_texts():
    silent = {**COMPLETION, "usage": None}
    assert is_guessed(await used(answers(silent)), 100)


async def test_a_stream_that_counts_nothing_is_estimated_from_the_texts_of_its_deltas():
    padded = event(b'{"choices":[{"delta":{"content":"12345678"}}],"id":"' + b"p" * 500 + b'"}')
    usage = await used(streams(padded * 10, event(STOP), DONE), ask={**STREAMED, "model": "both"})
    assert is_guessed(usage, usage.output_tokens)
    assert 20 <= usage.output_tokens <= 24  # not the hundreds that the bytes would make


# services


@pytest.mark.parametrize(("tier", "factor"), [("priority", 2), ("default", 1), (None, 1), (["odd"], 1)])
async def test_the_service_that_the_provider_gave_decides_on_the_price(tier: object, factor: int):
    standard = 60 * 1750 + 40 * 175 + 30 * 14_000
    usage = await used(answers({**COMPLETION, "service_tier": tier}), ask={**ASK, "model": "real"})
    assert usage.cost == standard * factor
    last = b'{"choices":[],"service_tier":"priority","usage":{"prompt_tokens":1,"completion_tokens":1}}'
    usage = await used(streams(EIGHT, event(last), DONE), ask={**STREAMED, "model": "real"})
    assert usage.cost == 2 * (1750 + 14_000)


async def test_audio_has_its_own_price():
    price = PriceSettings(input=Decimal(1), output=Decimal(4), audio_input=Decimal(10), audio_output=Decimal(20))
    counted = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "prompt_tokens_details": {"audio_tokens": 6},
        "completion_tokens_details": {"audio_tokens": 2},
    }
    llm = priced(models={"smart": Model(targets="openai/m", price=price)})
    usage = await used(answers({"choices": [], "usage": counted}), llm=llm)
    assert usage.cost == 4 * 1000 + 6 * 10_000 + 3 * 4000 + 2 * 20_000


# refusals and faults


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_refusal_costs_nothing(status: int):
    usage = await used(answers({"error": {}}, status))
    assert (usage.cost, usage.input_tokens, usage.estimated) == (0, 0, False)


@pytest.mark.parametrize("error", [UpstreamUnreachable("gone"), UpstreamFailed("closed before the answer")])
async def test_a_provider_that_never_answered_costs_nothing(error: Exception):
    usage = await used(fails(error))
    assert (usage.cost, usage.input_tokens, usage.estimated) == (0, 0, False)


async def test_a_timeout_after_the_ask_went_out_costs_its_input():
    assert is_guessed(await used(fails(UpstreamTimeout("silence"))))


async def test_a_broken_body_costs_its_input():
    assert is_guessed(await used(Reply(200, JSON, b'{"choices":', RESET)))


async def test_a_stream_that_breaks_before_its_first_event_costs_its_input():
    usage = await used(streams(RESET), ask=STREAMED)
    assert is_guessed(usage)


@pytest.mark.parametrize("end", [RESET, UpstreamTimeout("silence")])
async def test_a_stream_cut_short_costs_what_came(end: Exception):
    assert is_guessed(await used(streams(EIGHT, EIGHT, EIGHT, end), ask=STREAMED), 6)


async def test_a_stream_cut_short_after_its_count_costs_that():
    usage = await used(streams(EIGHT, USAGE, RESET), ask=STREAMED)
    assert usage.cost == 100 * 1000 + 30 * 4000
    assert not usage.estimated


# several attempts


async def test_every_attempt_is_paid_for():
    usage = await used(fails(UpstreamTimeout("silence")), answers(COMPLETION), ask={**ASK, "model": "both"})
    assert usage.estimated
    assert usage.output_tokens == 20
    assert usage.cost == FULL + (usage.input_tokens - 60) * 1000
    assert usage.input_tokens - 60 > 900


async def test_an_attempt_that_cost_nothing_leaves_the_count_exact():
    usage = await used(answers({"error": {}}, 503), answers(COMPLETION), ask={**ASK, "model": "both"})
    assert usage.cost == FULL
    assert not usage.estimated


# callers who leave


async def leave(scene: Scene, ask: dict[str, Any], ready: Any) -> asyncio.Task[Scene]:
    """Ask, wait until `ready`, and go away."""
    asking = asyncio.get_running_loop().create_task(scene.ask(ask))
    for _ in range(1000):
        if ready():
            break
        await asyncio.sleep(0)
    scene.edge.leave(asking)
    return asking


async def ended(asking: asyncio.Task[Scene]) -> None:
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_caller_who_leaves_before_the_answer_pays_for_the_input():
    reply = answers(COMPLETION)
    reply.thinks = asyncio.Event()
    scene = Scene(reply, llm=priced())
    await ended(await leave(scene, ASK, lambda: scene.client.sent))
    assert scene.record["outcome"] == "caller.left"
    assert is_guessed(scene.usage)


async def test_a_caller_who_leaves_before_the_ask_went_out_pays_nothing():
    reply = fails(UpstreamUnreachable("never seen"))
    reply.thinks = asyncio.Event()
    scene = Scene(reply, llm=priced())
    await ended(await leave(scene, ASK, lambda: scene.client.sent))
    assert (scene.usage.cost, scene.usage.input_tokens) == (0, 0)


async def test_a_caller_who_leaves_mid_stream_pays_for_what_came():
    scene = Scene(streams(EIGHT * 3, asyncio.Event()), llm=priced())
    await ended(await leave(scene, STREAMED, lambda: scene.body))
    assert is_guessed(scene.usage, 6)


async def test_a_caller_whom_the_gateway_stops_pays_for_what_came():
    scene = Scene(streams(EIGHT * 3, asyncio.Event()), llm=priced())
    asking = asyncio.get_running_loop().create_task(scene.ask(STREAMED))
    while not scene.body:
        await asyncio.sleep(0)
    scene.serve.review(lambda principal: False)
    await asking
    assert scene.record["outcome"] == "auth.invalid"
    assert is_guessed(scene.usage, 6)


@pytest.mark.parametrize("ask", [ASK, STREAMED], ids=["whole", "streamed"])
async def test_drained_calls_cost_exactly_what_the_provider_counts(ask: dict[str, Any]):
    pause = asyncio.Event()
    reply = streams(EIGHT, pause, EIGHT, event(STOP), USAGE, DONE) if ask is STREAMED else answers(COMPLETION)
    reply.thinks = None if ask is STREAMED else pause
    scene = Scene(reply, llm=priced(on_leave="drain"))
    asking = await leave(scene, ask, lambda: scene.body or (ask is ASK and scene.client.sent))
    assert not asking.done()
    pause.set()
    scene.signal.notify()
    await asking
    assert scene.usage.cost == (100 * 1000 + 30 * 4000 if ask is STREAMED else FULL)
    assert not scene.usage.estimated
    assert scene.record["flags"] == ["llm.drained"]
    assert len(scene.deadlines) == 0


async def test_a_call_is_not_drained_for_ever(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    scene = Scene(streams(EIGHT, asyncio.Event()), llm=priced(on_leave="drain", drain_limit=Duration(30)))
    asking = await leave(scene, STREAMED, lambda: scene.body)
    for now in (1001.1, 1030.0):
        scene.deadlines.sweep(now)
        await asyncio.sleep(0)
        assert not asking.done()
    now = 1031.2
    scene.deadlines.sweep(now)
    await ended(asking)
    assert scene.record["outcome"] == "caller.left"
    assert is_guessed(scene.usage, 2)
    assert len(scene.deadlines) == 0


# unknown prices


async def test_what_has_no_known_price_is_marked():
    usage = await used(answers(COMPLETION), ask={**ASK, "model": "odd"})
    assert (usage.cost, usage.unpriced, usage.input_tokens) == (0, True, 60)


async def test_what_was_never_asked_is_not_marked():
    assert not (await used(fails(UpstreamUnreachable("gone")), ask={**ASK, "model": "odd"})).unpriced


async def test_what_is_free_is_not_marked():
    usage = await used(answers(COMPLETION), ask={**ASK, "model": "odd"}, llm=priced(unknown_price="free"))
    assert (usage.cost, usage.unpriced) == (0, False)


async def test_a_price_for_the_unknown_is_used():
    usage = await used(answers(COMPLETION), ask={**ASK, "model": "odd"}, llm=priced(unknown_price=PRICE))
    assert (usage.cost, usage.unpriced) == (FULL, False)
