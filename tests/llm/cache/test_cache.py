"""Answers given again: once asked for, free from then on, and never those of anybody else or to anything else."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from tests.llm.cache.room import DEV, LANES, Guest, Room, keeping
from tests.llm.scene import DONE, SSE, STOP, USAGE, WORD, Reply, answers, event, fails, settings, streams
from tests.patience import PATIENCE
from tests.policy.limiting.stage import budget, quotas_of, rate
from tests.policy.toys import FakeSpool
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import StoreUnavailable, UpstreamUnreachable
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.llm.cache_settings import CacheSettings, ModelCache
from trigate.llm.data_policy import DataPolicy
from trigate.llm.destination import Destination
from trigate.llm.hedge import HedgeSettings
from trigate.llm.model import Model
from trigate.llm.price_settings import PriceSettings
from trigate.llm.race import CUT
from trigate.llm.retry import Retries
from trigate.policy.limiting.limiter import Limiter
from trigate.store.tally import Tally

ASK = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}
STREAMED = {**ASK, "stream": True, "stream_options": {"include_usage": True}}
EVENTS = (event(WORD), event(STOP), event(USAGE), DONE)


def said(text: str = "hello") -> Reply:
    """A chat completion; every one has an id of its own."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    return answers({"id": f"chatcmpl-{text}", "choices": [choice], "usage": usage})


async def test_an_equal_ask_is_answered_without_the_provider_and_costs_nothing():
    room = Room(said())
    first, again = await room.visit(ASK), await room.visit(dict(reversed(ASK.items())))
    assert (first.said, again.said) == (b"miss", b"hit")
    assert again.headers[b"age"] == b"0"
    assert b"age" not in first.headers
    assert again.body == first.body
    assert again.headers[b"content-length"] == b"%d" % len(first.body)
    assert room.asked == 1
    assert (first.record["target"], again.record["target"]) == ("openai/gpt-mini", "cache")
    assert first.record["usage"]["input_tokens"] == 3
    assert set(again.record["usage"]) == {"bytes_in", "bytes_out"}
    assert again.record["flags"] == ["llm.cached"]
    assert (again.record["outcome"], again.record["status"]) == ("ok", 200)


async def test_nothing_is_kept_where_nobody_says_so():
    room = Room(said("1"), said("2"), llm=settings())
    first, again = await room.visit(ASK), await room.visit(ASK)
    assert (first.said, again.said) == (b"", b"")
    assert first.body != again.body


async def test_a_stream_is_given_again_as_a_stream():
    room = Room(streams(*EVENTS))
    first, again = await room.visit(STREAMED), await room.visit(STREAMED)
    assert again.said == b"hit"
    assert again.body == first.body == b"".join(EVENTS)
    assert again.headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in again.headers
    assert room.asked == 1


async def test_what_is_there_for_tracing_does_not_count_and_what_switches_features_on_does():
    room = Room(*(said() for _ in range(3)))
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333{}-01"
    betas: list[dict[str, Any]] = [{}, {"openai_beta": "a"}, {"openai_beta": "b"}]
    found = [
        (await room.visit(ASK, traceparent=trace.format(n), idempotency_key=f"k{n}", **more)).said
        for n in range(2)
        for more in betas
    ]
    assert found == [b"miss"] * 3 + [b"hit"] * 3


async def test_a_stream_and_a_whole_answer_are_two_answers():
    room = Room(said(), streams(*EVENTS))
    assert [(await room.visit(each)).said for each in (ASK, STREAMED, ASK, STREAMED)] == [
        b"miss", b"miss", b"hit", b"hit",
    ]  # fmt: skip


async def test_what_tells_of_one_request_only_is_not_told_again():
    reply = said()
    told = [(b"x-request-id", b"up-1"), (b"x-ratelimit-remaining-tokens", b"9"), (b"openai-version", b"2")]
    reply.head.headers = [*reply.head.headers, *told]
    room = Room(reply)
    first, again = await room.visit(ASK), await room.visit(ASK)
    assert {b"x-upstream-request-id", b"x-ratelimit-remaining-tokens", b"openai-version"} <= set(first.headers)
    assert b"openai-version" in again.headers
    assert not {b"x-upstream-request-id", b"x-ratelimit-remaining-tokens"} & set(again.headers)
    assert again.headers[b"x-request-id"] != first.headers[b"x-request-id"]


BROKEN = [
    answers({"error": {"message": "the model fell over"}}),
    answers(b"<html>"),
    answers({"error": {"message": "no"}}, 400),
    answers({"error": {"message": "slow down"}}, 429),
    streams(event(WORD)),
    streams(event(WORD), event(b'{"error":{"message":"no"}}')),
]


@pytest.mark.parametrize("reply", BROKEN)
async def test_errors_and_what_broke_off_are_not_kept(reply: Reply):
    streamed = reply.head.headers == SSE
    room = Room(reply, streams(*EVENTS) if streamed else said())
    ask = STREAMED if streamed else ASK
    await room.visit(ask)
    assert (await room.visit(ask)).said == b"miss"
    assert room.asked == 2


async def test_an_answer_larger_than_may_be_kept_is_passed_on_and_not_kept():
    room = Room(said("x" * 500), said("x" * 500), llm=keeping(largest=400))
    assert [(await room.visit(ASK)).said for _ in range(2)] == [b"miss", b"miss"]


async def test_an_answer_is_given_again_for_as_long_as_the_settings_say(monkeypatch: pytest.MonkeyPatch):
    now = [clock.wall_ns(), clock.monotonic()]
    monkeypatch.setattr(clock, "wall_ns", lambda: int(now[0]))
    monkeypatch.setattr(clock, "monotonic", lambda: now[1])
    room = Room(said(), said(), llm=keeping(ttl=60))
    await room.visit(ASK)
    now = [now[0] + 59 * 10**9, now[1] + 59]
    again = await room.visit(ASK)
    assert (again.said, again.headers[b"age"]) == (b"hit", b"59")
    now = [now[0] + 2 * 10**9, now[1] + 2]
    assert (await room.visit(ASK)).said == b"miss"


@pytest.mark.parametrize(
    ("per", "other", "shared"),
    [
        ("organisation", {"team": "blue", "key": "k"}, True),
        ("organisation", {"organisation": "evil"}, False),
        ("organisation", {"organisation": "", "key": "k"}, False),
        ("team", {"key": "k", "user": "ada"}, True),
        ("team", {"team": "blue"}, False),
        ("team", {"team": "", "key": "k"}, False),
        ("team", {"organisation": "evil"}, False),
        ("user", {"user": "ada"}, False),
        ("user", {"key": "k"}, False),  # neither has a user: each by itself
        ("user", {"on_behalf_of": "ada"}, False),
        ("key", {"key": "k"}, False),
        ("key", {"on_behalf_of": "ada"}, True),
    ],
)
async def test_answers_are_shared_by_those_who_may_and_nobody_else(per: Any, other: dict[str, str], shared: bool):
    room = Room(said(), said(), llm=keeping(per=per))
    await room.visit(ASK)
    guest = await room.visit(ASK, who=structs.replace(DEV, **other))
    assert guest.said == (b"hit" if shared else b"miss")


async def test_a_caller_may_do_without_the_cache_or_have_it_renewed():
    room = Room(said("1"), said("2"), said("3"))
    one = await room.visit(ASK)
    off = await room.visit(ASK, cache="off")
    assert (off.said, off.body != one.body) == (b"bypass", True)
    assert (await room.visit(ASK)).body == one.body
    renewed = await room.visit(ASK, cache="refresh")
    assert renewed.said == b"miss"
    assert (await room.visit(ASK)).body == renewed.body != one.body


@pytest.mark.parametrize("wish", [{"cache": "no-store"}, {"cache_control": "no-store"}])
async def test_what_is_not_to_be_stored_is_not(wish: dict[str, Any]):
    room = Room(said("1"), said("2"))
    assert [(await room.visit(ASK, **wish)).said for _ in range(2)] == [b"miss", b"miss"]


async def test_a_namespace_is_a_cache_of_its_own():
    room = Room(said("1"), said("2"))
    first = await room.visit(ASK)
    other = await room.visit(ASK, cache="namespace=tests")
    assert other.body != first.body
    assert (await room.visit(ASK, cache="namespace=tests")).body == other.body


async def test_a_caller_may_shorten_the_life_of_an_answer_and_not_lengthen_it(monkeypatch: pytest.MonkeyPatch):
    now = [clock.wall_ns(), clock.monotonic()]
    monkeypatch.setattr(clock, "wall_ns", lambda: int(now[0]))
    monkeypatch.setattr(clock, "monotonic", lambda: now[1])
    room = Room(*(said() for _ in range(4)), llm=keeping(ttl=100))
    await room.visit(ASK, cache="ttl=10")
    now = [now[0] + 11 * 10**9, now[1] + 11]
    assert (await room.visit(ASK, cache="ttl=9999")).said == b"miss"
    now = [now[0] + 50 * 10**9, now[1] + 50]
    assert (await room.visit(ASK, cache="max-age=49")).said == b"miss"
    now = [now[0] + 101 * 10**9, now[1] + 101]
    assert (await room.visit(ASK)).said == b"miss"


async def test_a_wish_that_cannot_be_understood_is_refused_before_anything_is_asked():
    room = Room(said())
    guest = await room.visit(ASK, cache="forever")
    assert guest.head.status == 400
    assert b"forever" in guest.body
    assert room.asked == 0


async def test_a_model_may_have_its_own_rule():
    models = {
        "fast": Model(targets="openai/gpt-mini"),
        "fresh": Model(targets="openai/gpt-mini", cache=False),
        "odd": Model(targets="openai/gpt-mini", cache=ModelCache(per="key")),
    }
    room = Room(*(said() for _ in range(6)), llm=settings(models=models, cache=CacheSettings()))
    other = structs.replace(DEV, key="k")
    found = {
        name: [(await room.visit({**ASK, "model": name}, who=who)).said for who in (DEV, other)] for name in models
    }
    assert found == {"fast": [b"miss", b"hit"], "fresh": [b"", b""], "odd": [b"miss", b"miss"]}


@pytest.mark.parametrize("cache", [None, CacheSettings(every_model=False)])
async def test_models_may_be_kept_one_by_one(cache: CacheSettings | None):
    models = {"fast": Model(targets="openai/gpt-mini", cache=True), "fresh": Model(targets="openai/gpt-mini")}
    room = Room(*(said() for _ in range(5)), llm=settings(models=models, cache=cache))
    names = ("fast", "fresh", "openai/gpt-mini")
    found = {name: [(await room.visit({**ASK, "model": name})).said for _ in range(2)] for name in names}
    assert found == {"fast": [b"miss", b"hit"], "fresh": [b"", b""], "openai/gpt-mini": [b"", b""]}


async def test_an_answer_is_given_only_where_its_target_would_be_asked_unless_any_will_do():
    for any_target, expected in ((False, b"miss"), (True, b"hit")):
        room = Room(fails(UpstreamUnreachable("down")), said(), said(), llm=keeping(any_target=any_target))
        await room.visit({**ASK, "model": "smart"})
        again = await room.visit({**ASK, "model": "smart"})
        assert again.said == expected


async def test_the_answer_of_a_target_that_is_down_is_still_given():
    room = Room(said(), fails(UpstreamUnreachable("down")))
    await room.visit(ASK)
    assert (await room.visit(ASK)).said == b"hit"


async def test_a_shelf_that_cannot_be_reached_is_an_empty_one(monkeypatch: pytest.MonkeyPatch):
    room = Room(said("1"), said("2"))

    async def lose(*arguments: object) -> None:
        raise StoreUnavailable("gone")

    shelf = room.lane._cache._shelf  # type: ignore[union-attr]
    monkeypatch.setattr(type(shelf), "get", lose)
    monkeypatch.setattr(type(shelf), "put", lose)
    assert [(await room.visit(ASK)).head.status for _ in range(2)] == [200, 200]
    assert room.asked == 2


async def test_what_is_on_the_shelf_and_is_no_answer_counts_for_nothing(monkeypatch: pytest.MonkeyPatch):
    room = Room(said("1"), said("2"))

    async def find(*arguments: object) -> bytes:
        return b"\x00nonsense"

    monkeypatch.setattr(type(room.lane._cache._shelf), "get", find)  # type: ignore[union-attr]
    assert (await room.visit(ASK)).said == b"miss"


# --- at the same time --------------------------------------------------------------------------------------------


def thinking(*steps: Any) -> tuple[Reply, asyncio.Event]:
    reply, thinks = streams(*steps), asyncio.Event()
    reply.thinks = thinks
    return reply, thinks


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0)


async def begin(room: Room, count: int, ask: Any = STREAMED) -> tuple[list[Guest], list["asyncio.Task[Guest]"]]:
    """So many callers, one after the other, each waiting."""
    guests, tasks = [Guest(room) for _ in range(count)], []
    for guest in guests:
        tasks.append(asyncio.create_task(room.visit(ask, guest=guest)))
        for _ in range(5):
            await asyncio.sleep(0)
    return guests, tasks


@pytest.mark.parametrize("streamed", [True, False])
async def test_equal_asks_at_the_same_time_are_one_ask_for_the_provider(streamed: bool):
    reply = streams(*EVENTS) if streamed else said()
    reply.thinks = asyncio.Event()
    room = Room(reply)
    guests, tasks = await begin(room, 5, STREAMED if streamed else ASK)
    reply.thinks.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert room.asked == 1
    assert len({each.body for each in guests}) == 1
    assert [each.said for each in guests] == [b"miss", *[b"hit"] * 4]
    assert [each.record["usage"].get("output_tokens", 0) for each in guests] == [2, 0, 0, 0, 0]
    assert len(room.spool.records) == 5


async def test_who_follows_gets_every_event_when_it_comes():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause, *EVENTS[1:]))
    guests, tasks = await begin(room, 2)
    await until(lambda: all(each.body == event(WORD) for each in guests))
    pause.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert guests[0].body == guests[1].body == b"".join(EVENTS)


async def test_who_comes_in_the_middle_gets_all_of_it():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause, *EVENTS[1:]))
    (first,), (leading,) = await begin(room, 1)
    await until(lambda: first.body == event(WORD))
    (late,), (following,) = await begin(room, 1)
    pause.set()
    await asyncio.wait_for(asyncio.gather(leading, following), PATIENCE)
    assert late.body == first.body
    assert room.asked == 1


async def test_when_the_first_caller_leaves_the_others_are_still_answered():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause, *EVENTS[1:]))
    guests, tasks = await begin(room, 2)
    assert guests[0].edge.detached  # so that its connection does not cancel it
    guests[0].edge.left = True
    pause.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert guests[1].body == b"".join(EVENTS)
    assert (await room.visit(STREAMED)).said == b"hit"


async def test_when_all_have_left_the_call_ends():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause, *EVENTS[1:]))
    guests, tasks = await begin(room, 2)
    guests[0].edge.left = True
    tasks[1].cancel()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait(tasks)
    assert all(each.cancelled() for each in tasks)
    assert {each["outcome"] for each in room.spool.records} == {"caller.left"}
    assert room.client.answers[0].closed == 1


async def test_a_caller_who_leaves_alone_ends_its_call_as_ever():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause))
    (guest,), (task,) = await begin(room, 1)
    assert not guest.edge.detached
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    assert task.cancelled()
    assert not room.lane._cache._flights  # type: ignore[union-attr]


async def test_when_the_shared_answer_fails_before_it_began_another_of_them_asks():
    reply = fails(UpstreamUnreachable("down"))
    reply.thinks = asyncio.Event()
    room = Room(reply, said("1"))
    guests, tasks = await begin(room, 3, ASK)
    reply.thinks.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert guests[0].head.status == 502
    assert [each.head.status for each in guests[1:]] == [200, 200]
    assert [each.said for each in guests[1:]] == [b"miss", b"hit"]
    assert [each.record["target"] for each in guests[1:]] == ["openai/gpt-mini", "cache"]
    assert "llm.cached" not in guests[1].record.get("flags", [])
    assert guests[2].record["flags"] == ["llm.cached"]


async def test_when_the_shared_stream_breaks_everybody_who_saw_some_of_it_is_told():
    pause = asyncio.Event()
    room = Room(streams(event(WORD), pause))
    guests, tasks = await begin(room, 2)
    await until(lambda: all(each.body for each in guests))
    pause.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert [each.record["outcome"] for each in guests] == ["upstream.stream_broken"] * 2
    assert all(b'"error"' in each.body for each in guests)


async def test_strangers_never_share_a_call():
    one, other = said("1"), said("2")
    one.thinks = asyncio.Event()
    room = Room(one, other)
    (first,), (task,) = await begin(room, 1, ASK)
    stranger = await room.visit(ASK, who=Principal("dev", LANES, team="blue", organisation="acme"))
    one.thinks.set()
    await asyncio.wait_for(task, PATIENCE)
    assert stranger.body != first.body


async def test_a_follower_of_a_silent_stream_is_sent_comments(monkeypatch: pytest.MonkeyPatch):
    reply, thinks = thinking(*EVENTS)
    room = Room(reply)
    guests, tasks = await begin(room, 2)
    later = clock.monotonic() + 16
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    room.deadlines.sweep(later)
    assert [each.body for each in guests] == [b": keep-alive\n\n"] * 2
    thinks.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    assert {each.body for each in guests} == {b": keep-alive\n\n" + b"".join(EVENTS)}
    assert (await room.visit(STREAMED)).body == b"".join(EVENTS)


async def test_a_model_that_is_hedged_is_kept_too():
    hedge = HedgeSettings(after=Duration(PATIENCE))
    models = {"fast": Model(targets=["openai/gpt-mini", "other/llama"], hedge=hedge)}
    room = Room(said(), llm=settings(models=models, cache=CacheSettings()))
    assert [(await room.visit(ASK)).said for _ in range(2)] == [b"miss", b"hit"]


async def test_a_target_that_is_asked_again_is_looked_up_again_and_its_answer_kept():
    retries = Retries(attempts=1, backoff=Duration(0))
    models = {"fast": Model(targets="openai/gpt-mini", retries=retries)}
    room = Room(fails(UpstreamUnreachable("down")), said(), llm=settings(models=models, cache=CacheSettings()))
    first = await room.visit(ASK)
    assert (first.said, first.record["attempts"]) == (b"miss", 2)
    assert (await room.visit(ASK)).said == b"hit"


async def test_a_hit_counts_as_a_request_and_is_charged_nothing():
    limits = [budget("key", usd=1), rate("key", requests=3, window=Duration(3600))]
    limiter = Limiter(quotas_of(limits), Tally(100), Deadlines(), FakeSpool())
    price = PriceSettings(input=Decimal(1), output=Decimal(10))
    models = {"fast": Model(targets="openai/gpt-mini", price=price)}
    room = Room(said(), llm=settings(models=models, cache=CacheSettings()), limits=limiter)
    ask = {**ASK, "max_tokens": 100}
    guests = [await room.visit(ask) for _ in range(4)]
    assert [each.head.status for each in guests] == [200, 200, 200, 429]
    assert [each.said for each in guests[:3]] == [b"miss", b"hit", b"hit"]
    charged = [sum(charge["amount"] for charge in each.record.get("charges", [])) for each in guests]
    assert charged == [(3 * 1 + 2 * 10) * 1000, 0, 0, 0]
    assert limiter is not None


async def test_an_answer_that_a_budget_has_cut_short_is_given_to_nobody_else():
    limiter = Limiter(quotas_of([budget("key", usd="0.001")]), Tally(100), Deadlines(), FakeSpool())
    price = PriceSettings(input=Decimal(1), output=Decimal(100))
    models = {"fast": Model(targets="openai/gpt-mini", price=price)}
    cut = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12}
    whole = answers({"id": "c", "choices": [], "usage": cut})
    room = Room(whole, said(), llm=settings(models=models, cache=CacheSettings()), limits=limiter)
    first = await room.visit(ASK)
    bound = room.upstream["max_completion_tokens"]
    assert 0 < bound <= 9
    assert first.head.status == 200
    fresh = Principal("k", LANES, team="red", organisation="acme")
    assert (await room.visit(ASK, who=fresh)).said == b"miss"


async def test_when_the_first_caller_is_thrown_out_another_of_them_asks():
    reply = said("1")
    reply.thinks = asyncio.Event()
    room = Room(reply, said("2"))
    guests, tasks = await begin(room, 3, ASK)
    tasks[0].cancel()  # as when its key is revoked
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait(tasks)
    assert [each.head.status for each in guests[1:]] == [200, 200]
    assert guests[1].body == guests[2].body
    assert [each.said for each in guests[1:]] == [b"miss", b"hit"]


async def test_who_has_waited_for_the_first_word_long_enough_asks_itself(monkeypatch: pytest.MonkeyPatch):
    slow, thinks = thinking(*EVENTS)
    room = Room(slow, streams(*EVENTS), llm=keeping(patience=Duration(5)))
    (leader, follower), tasks = await begin(room, 2)
    later = clock.monotonic() + 6
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    room.deadlines.sweep(later)
    await asyncio.wait_for(tasks[1], PATIENCE)
    assert (follower.said, follower.body, room.asked) == (b"miss", b"".join(EVENTS), 2)
    thinks.set()
    await asyncio.wait_for(tasks[0], PATIENCE)
    assert leader.body == b"".join(EVENTS)


async def test_who_demands_more_of_targets_gets_no_answer_of_others():
    targets: list[str | Destination] = [
        Destination(target="openai/gpt-mini", policy=DataPolicy(region="us")),
        Destination(target="other/llama", policy=DataPolicy(region="eu")),
    ]
    models = {"fast": Model(targets=targets)}
    room = Room(said("1"), said("2"), llm=settings(models=models, cache=CacheSettings(any_target=True)))
    await room.visit(ASK)
    guests = [await room.visit(ASK, require="region=eu") for _ in range(2)]
    assert [each.said for each in guests] == [b"miss", b"hit"]
    assert guests[0].record["target"] == "other/llama"
    assert (await room.visit(ASK)).said == b"hit"


async def test_an_answer_of_a_rival_that_a_limit_has_cut_short_is_not_kept():
    limit = budget("key", usd="0.01", unbounded=8)
    limiter = Limiter(quotas_of([limit]), Tally(100), Deadlines(), FakeSpool())
    hedge = HedgeSettings(after=Duration(0.001), whole=Duration(0.001))
    price = PriceSettings(input=Decimal(1), output=Decimal(100))
    models = {"fast": Model(targets=["openai/gpt-mini", "other/llama"], hedge=hedge, price=price)}
    slow = said("slow")
    slow.thinks = asyncio.Event()
    cut = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12}
    llm = settings(models=models, cache=CacheSettings())
    room = Room(slow, answers({"id": "c", "choices": [], "usage": cut}), llm=llm, limits=limiter)
    first = await room.visit(ASK)
    (parent,) = [each for each in room.spool.records if "parent" not in each]
    assert CUT in parent["flags"]
    assert first.said == b"miss"
    lane: Any = room.lane
    assert await lane._cache._shelf.clear() == 0
