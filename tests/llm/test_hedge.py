"""A second target beside a slow one, through the lane."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.llm.scene import DONE, STOP, USAGE, WORD, Reply, Scene, answers, event, fails, settings, streams
from tests.llm.test_router import ASK
from tests.llm.test_router import DONE as WHOLE
from tests.patience import PATIENCE
from tests.policy.limiting.stage import budget, concurrency, quotas_of
from tests.policy.toys import FakeSpool
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamTimeout
from trigate.core.settings import Duration
from trigate.llm.hedge import HedgeSettings
from trigate.llm.model import Model
from trigate.llm.price_settings import PriceSettings
from trigate.llm.retry import RetryBudget
from trigate.policy.limiting.limiter import Limiter
from trigate.store.tally import Tally

ROLE = b'{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}'
STREAM = (event(WORD), event(STOP), event(USAGE), DONE)
STREAMED = {**ASK, "stream": True, "stream_options": {"include_usage": True}}


def hedged(*, after: float = 0.001, most: int = 1, more: Sequence[str] = (), **lane: Any) -> Any:
    model = Model(
        targets=["openai/gpt-5.2", "other/llama", *more],
        hedge=HedgeSettings(after=Duration(after), whole=Duration(after), most=most),
    )
    return settings(models={"smart": model}, **lane)


def thinking(reply: Reply) -> Reply:
    """It says nothing for as long as the scene lasts, unless somebody sets its event."""
    reply.thinks = asyncio.Event()
    return reply


async def asked(scene: Scene, ask: Any = ASK) -> Scene:
    async with asyncio.timeout(PATIENCE):
        await scene.ask(ask)
    return scene


async def settled(scene: Scene, records: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE):
        while len(scene.spool.records) < records:
            await asyncio.sleep(0)
    return sorted(scene.spool.records, key=lambda each: "parent" in each)


async def test_who_answers_in_time_has_no_rival():
    scene = await asked(Scene(answers(WHOLE), llm=hedged(after=PATIENCE)))
    assert scene.status == 200
    assert scene.record["target"] == "openai/gpt-5.2"
    assert "flags" not in scene.record
    assert len(scene.client.sent) == 1


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_rival_that_speaks_first_is_heard_and_the_first_is_hung_up_on(streamed: bool):
    second = streams(*STREAM) if streamed else answers(WHOLE)
    scene = await asked(Scene(thinking(answers(WHOLE)), second, llm=hedged()), STREAMED if streamed else ASK)
    assert scene.status == 200
    assert scene.body == b"".join(STREAM) if streamed else scene.json == WHOLE
    assert scene.lane._routes["smart"].candidates[0].health.seconds(clock.monotonic()) > 0  # pyright: ignore[reportPrivateUsage]
    parent, child = await settled(scene, 2)
    assert (parent["outcome"], parent["target"], parent["flags"]) == (
        "ok",
        "openai/gpt-5.2",
        ["llm.hedged:other/llama"],
    )
    assert (child["outcome"], child["target"], child["flags"]) == ("ok", "other/llama", ["llm.hedge"])
    assert child["parent"] == parent["id"]
    assert child["usage"]["output_tokens"] == 2
    # The first was asked, and may send a bill for what it read.
    assert parent["usage"]["estimated"]
    assert parent["usage"]["input_tokens"] > 0
    assert "output_tokens" not in parent["usage"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_first_that_speaks_before_its_rival_is_heard(streamed: bool):
    first = thinking(streams(*STREAM) if streamed else answers(WHOLE))
    scene = Scene(first, thinking(answers(WHOLE)), llm=hedged())
    asking = asyncio.create_task(asked(scene, STREAMED if streamed else ASK))
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert scene.status == 200
    assert scene.body == b"".join(STREAM) if streamed else scene.json == WHOLE
    parent, child = await settled(scene, 2)
    assert (parent["outcome"], parent["usage"]["output_tokens"]) == ("ok", 2)
    assert "flags" not in parent
    assert child["outcome"] == "attempt.superseded"
    assert child["usage"]["estimated"]


async def test_a_rival_takes_over_when_the_first_fails_meanwhile():
    first, second = thinking(fails(UpstreamTimeout("slow"))), thinking(answers(WHOLE))
    scene = Scene(first, second, llm=hedged())
    asking = asyncio.create_task(asked(scene))
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
        assert first.thinks is not None
        assert second.thinks is not None
        first.thinks.set()
        await asyncio.sleep(0)
        second.thinks.set()
        await asking
    assert scene.json == WHOLE
    parent, child = await settled(scene, 2)
    assert (parent["outcome"], child["outcome"], child["target"]) == ("ok", "ok", "other/llama")


async def test_a_rival_that_fails_disturbs_nobody():
    first = thinking(answers(WHOLE))
    scene = Scene(first, answers({"error": {"message": "no"}}, 400), llm=hedged())
    asking = asyncio.create_task(asked(scene))
    (child,) = await settled(scene, 1)
    assert child["outcome"] == "provider.refused"
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert scene.json == WHOLE


async def test_if_both_fail_the_next_target_is_asked_and_no_one_twice():
    first = thinking(fails(UpstreamTimeout("slow")))
    scene = Scene(first, answers({}, 500), answers(WHOLE), llm=hedged(more=["other/third"]))
    asking = asyncio.create_task(asked(scene))
    await settled(scene, 1)
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert scene.status == 200
    assert [each[3].split(b'"model":"')[1].split(b'"')[0] for each in scene.client.sent] == [
        b"gpt-5.2",
        b"llama",
        b"third",
    ]


async def test_there_may_be_several_rivals():
    scene = Scene(
        thinking(answers(WHOLE)), thinking(answers(WHOLE)), answers(WHOLE), llm=hedged(most=2, more=["other/third"])
    )
    await asked(scene)
    assert scene.json == WHOLE
    outcomes = {each["target"]: each["outcome"] for each in await settled(scene, 3)}
    assert outcomes == {"openai/gpt-5.2": "ok", "other/llama": "attempt.superseded", "other/third": "ok"}


async def test_where_the_budget_is_spent_there_is_no_rival():
    first = thinking(answers(WHOLE))
    scene = Scene(first, llm=hedged(retry_budget=RetryBudget(share=0, least=0)))
    asking = asyncio.create_task(asked(scene))
    await asyncio.sleep(0.01)  # time for a rival that must not come
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert len(scene.client.sent) == 1


async def test_a_caller_who_leaves_ends_the_first_and_its_rivals():
    scene = Scene(thinking(answers(WHOLE)), thinking(answers(WHOLE)), llm=hedged())
    asking = asyncio.create_task(scene.ask(ASK))
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert {each["outcome"] for each in await settled(scene, 2)} == {"caller.left", "attempt.superseded"}


async def test_a_stream_that_breaks_after_it_has_won_is_told_as_one():
    broken = streams(event(WORD), UpstreamTimeout("silent"))
    scene = await asked(Scene(thinking(streams(*STREAM)), broken, llm=hedged()), STREAMED)
    assert scene.body.startswith(event(WORD))
    assert b'"error"' in scene.body
    parent, child = await settled(scene, 2)
    assert (parent["outcome"], child["outcome"]) == ("upstream.timeout", "upstream.timeout")


async def test_comments_reach_the_caller_and_decide_nothing():
    second = thinking(streams(*STREAM))
    scene = Scene(thinking(streams(*STREAM)), second, llm=hedged(keep_alive=Duration(1)))
    asking = asyncio.create_task(asked(scene, STREAMED))
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.sent) < 2:
            await asyncio.sleep(0)
    scene.deadlines.sweep(float("inf"))
    assert scene.body == b": keep-alive\n\n"
    assert second.thinks is not None
    second.thinks.set()
    await asking
    assert scene.body == b": keep-alive\n\n" + b"".join(STREAM)
    assert len(scene.heads) == 1


async def test_each_attempt_reserves_and_pays_for_itself():
    limit = budget("key", usd=1)
    tally = Tally(100)
    limiter = Limiter(quotas_of([limit]), tally, Deadlines(), FakeSpool())
    price = PriceSettings(input=Decimal(1), output=Decimal(10))
    model = Model(
        targets=["openai/gpt-5.2", "other/llama"],
        hedge=HedgeSettings(after=Duration(1), whole=Duration(0.001)),
        price=price,
    )
    first = thinking(answers(WHOLE))
    scene = Scene(first, answers(WHOLE), llm=settings(models={"smart": model}), limits=limiter)
    await asked(scene, {**ASK, "max_completion_tokens": 100})
    parent, child = await settled(scene, 2)
    assert child["usage"]["cost"] == 3 * 1000 + 2 * 10_000
    assert parent["usage"]["cost"] > 0
    charged = [sum(charge["amount"] for charge in each["charges"]) for each in (parent, child)]
    assert charged == [parent["usage"]["cost"], child["usage"]["cost"]]
    (cell,) = tally._cells.values()  # pyright: ignore[reportPrivateUsage]
    assert cell.reserved == 0
    assert not limiter._desk.live  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "written", [{"after": 0}, {"after": 1, "most": 0}, {"after": 1, "most": 6}, {"after": 1, "whole": 0}]
)
def test_a_hedge_without_sense_is_refused(written: Any):
    with pytest.raises(ValueError, match="after"):
        HedgeSettings(**written)


async def test_a_winner_that_is_ended_from_outside_never_looks_complete():
    pause = asyncio.Event()
    second = streams(event(WORD), pause, *STREAM)
    scene = Scene(thinking(streams(*STREAM)), second, llm=hedged())
    asking = asyncio.create_task(asked(scene, STREAMED))
    async with asyncio.timeout(PATIENCE):
        while not scene.body:
            await asyncio.sleep(0)
    (task,) = [each for each in asyncio.all_tasks() if each.get_name().startswith("a hedge")]
    task.cancel()
    await asking
    assert b"[DONE]" not in scene.body
    assert b'"error"' in scene.body
    parent, _ = await settled(scene, 2)
    assert parent["outcome"] == "upstream.stream_broken"


async def test_a_caller_who_leaves_a_winner_ends_it():
    second = streams(event(WORD), asyncio.Event(), *STREAM)
    scene = Scene(thinking(streams(*STREAM)), second, llm=hedged())
    asking = asyncio.create_task(scene.ask(STREAMED))
    async with asyncio.timeout(PATIENCE):
        while not scene.body:
            await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    parent, child = await settled(scene, 2)
    assert (parent["outcome"], child["outcome"]) == ("caller.left", "attempt.superseded")
    assert child["usage"]["estimated"]


async def test_a_rival_holds_no_second_place_among_calls_under_way():
    limit = concurrency("key", max=1)
    limiter = Limiter(quotas_of([limit]), Tally(100), Deadlines(), FakeSpool())
    scene = Scene(thinking(answers(WHOLE)), answers(WHOLE), llm=hedged(), limits=limiter)
    await asked(scene)
    assert scene.json == WHOLE
    await settled(scene, 2)
    assert not limiter._desk.live  # pyright: ignore[reportPrivateUsage]


async def test_an_answer_that_is_not_streamed_has_rivals_only_where_that_is_configured():
    model = Model(targets=["openai/gpt-5.2", "other/llama"], hedge=HedgeSettings(after=Duration(0.001)))
    first = thinking(answers(WHOLE))
    scene = Scene(first, llm=settings(models={"smart": model}))
    asking = asyncio.create_task(asked(scene))
    await asyncio.sleep(0.01)  # time for a rival that must not come
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert len(scene.client.sent) == 1


@pytest.mark.parametrize("hollow", [ROLE, b'{"id":"c","choices":[]}'])
async def test_who_only_clears_its_throat_has_not_spoken(hollow: bytes):
    first = thinking(streams(*STREAM))
    scene = Scene(first, streams(event(hollow), asyncio.Event(), *STREAM), llm=hedged())
    asking = asyncio.create_task(asked(scene, STREAMED))
    async with asyncio.timeout(PATIENCE):
        while len(scene.client.answers) < 1:
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert scene.body == b""
    assert first.thinks is not None
    first.thinks.set()
    await asking
    assert scene.body == b"".join(STREAM)
    assert "flags" not in (await settled(scene, 2))[0]
