"""What a call holds, over one attempt and several, to its end."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.policy.limiting.stage import CENTS, SECOND, Stage, budget, chat, principal_of, rate, run
from trigate.core.demand import NO_DEMAND, Demand, Tariff
from trigate.core.errors import (
    AnswerUnbounded,
    BudgetReached,
    LimitReached,
    LimitsUnavailable,
    PriceUnknown,
    RateReached,
    TokensReached,
)
from trigate.core.settings import Duration
from trigate.core.usage import Usage
from trigate.store.counter import Claim, CountersLost, Refused, Taken
from trigate.store.tally import Tally

CENT = 10_000_000


async def test_as_many_requests_as_allowed_pass_and_no_more() -> None:
    stage = Stage(rate("key", requests=3))
    for _ in range(3):
        await run(stage, stage.call())
    with pytest.raises(RateReached, match="limit 'rate-requests-key-1m'"):
        await run(stage, stage.call())
    await run(stage, stage.call(key="other"))
    stage.pass_time(20)
    await run(stage, stage.call())
    assert stage.at_rest()


async def test_a_call_that_nothing_applies_to_holds_nothing() -> None:
    stage = Stage(rate("team", requests=1), rate(requests=1, on="mcp"))
    assert stage.limiter.hold(stage.call()) is None


async def test_a_thousand_calls_of_ten_cents_on_five_dollars_admit_exactly_fifty() -> None:
    limit = budget("team", usd=5)
    stage = Stage(limit)
    principal = principal_of(team="support")
    admitted = 0
    gate = asyncio.Event()

    async def one() -> None:
        nonlocal admitted
        call = stage.call(principal=principal)
        hold = stage.limiter.hold(call)
        assert hold is not None
        try:
            waiting = hold.admit(chat(4, 6))
            if waiting is not None:
                await waiting
            admitted += 1
            await gate.wait()
            call.usage.cost = 10 * CENT
        finally:
            hold.settle()

    tasks = [asyncio.create_task(one()) for _ in range(1000)]
    while stage.standing(limit, "team=support").reserved < 5 * 100 * CENT:
        await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert admitted == 50
    assert sum(isinstance(each, BudgetReached) for each in results) == 950
    assert stage.spent(limit, "team=support") == 5 * 100 * CENT
    assert stage.at_rest()


async def test_the_most_is_reserved_and_what_was_used_is_counted() -> None:
    limit = budget(usd=1)
    stage = Stage(limit)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    assert hold.admit(chat(10, 20)) is None
    assert stage.standing(limit).reserved == 30 * CENT
    call.usage.cost = 7 * CENT
    hold.settle()
    assert stage.spent(limit) == 7 * CENT
    hold.settle()
    assert stage.spent(limit) == 7 * CENT
    assert stage.at_rest()


async def test_a_soft_limit_reserves_what_is_likely_and_refuses_nothing() -> None:
    limit = budget(usd=Decimal("0.05"), hard=False)
    stage = Stage(limit)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    hold.admit(chat(10, 20))
    assert stage.standing(limit).reserved == 15 * CENT
    call.usage.cost = 30 * CENT
    hold.settle()
    await run(stage, stage.call(), chat(10, 20))
    assert stage.spent(limit) == 30 * CENT


async def test_a_shadow_limit_flags_what_it_would_refuse() -> None:
    stage = Stage(rate(name="soon", requests=1, shadow=True))
    first, second = stage.call(), stage.call()
    await run(stage, first)
    await run(stage, second)
    assert first.flags == []
    assert second.flags == ["limit.shadow:soon"]
    assert second.exchange.edge.fields["x-trigate-shadow-limit"] == "soon"  # type: ignore[union-attr]
    assert "ratelimit" not in second.exchange.edge.fields  # type: ignore[union-attr]


async def test_all_limits_of_a_call_are_taken_or_none() -> None:
    wide, narrow = rate("key", requests=10), budget(usd=Decimal("0.10"))
    stage = Stage(wide, narrow)
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(5, 6))
    assert stage.spent(wide, "key=dev") == 0
    await run(stage, stage.call(), chat(5, 5))
    assert stage.spent(wide, "key=dev") == 1


async def test_an_attempt_that_failed_before_it_cost_anything_gives_its_money_back() -> None:
    money, requests = budget(usd=1), rate("key", requests=5)
    stage = Stage(money, requests)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    for most in (90, 80):
        call.attempts += 1
        assert hold.admit(chat(0, most)) is None
        assert stage.standing(money).reserved == most * CENT
    call.usage.cost = 3 * CENT
    hold.settle()
    assert stage.spent(money) == 3 * CENT
    assert stage.spent(requests, "key=dev") == 1
    assert stage.at_rest()


async def test_what_an_earlier_attempt_used_stays_counted_and_is_not_counted_twice() -> None:
    money, tokens = budget(usd=1), budget(tokens=100)
    stage = Stage(money, tokens)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    call.attempts = 1
    hold.admit(chat(10, 20))
    call.usage.cost += 5 * CENT
    call.usage.output_tokens += 5
    call.attempts = 2
    hold.admit(chat(10, 20))
    assert stage.standing(money).settled == 5 * CENT
    call.usage.cost += 9 * CENT
    call.usage.input_tokens += 9
    hold.settle()
    assert stage.spent(money) == 14 * CENT
    assert stage.spent(tokens) == 14
    assert call.charges.count('"amount"') == 4


async def test_a_limit_of_one_target_lets_the_next_be_tried_and_requests_count_once() -> None:
    each, caller = rate("provider", requests=1), rate("key", requests=9)
    stage = Stage(each, caller)
    await run(stage, stage.call(), Demand(provider="one"))
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    call.attempts = 1
    waiting = hold.admit(Demand(provider="one"))
    assert waiting is not None
    with pytest.raises(RateReached) as refused:
        await waiting
    assert refused.value.retryable
    call.attempts = 2
    assert hold.admit(Demand(provider="two")) is None
    hold.settle()
    assert stage.spent(caller, "key=dev") == 2
    assert stage.spent(each, "provider=two") == 1


async def test_a_limit_of_the_caller_ends_the_attempts() -> None:
    stage = Stage(rate("key", requests=1))
    await run(stage, stage.call())
    with pytest.raises(RateReached) as refused:
        await run(stage, stage.call())
    assert not refused.value.retryable


async def test_an_answer_without_bound_is_capped_to_what_the_limits_leave() -> None:
    limit = budget(usd=1)
    stage = Stage(limit)
    caps: list[int] = []
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    waiting = hold.admit(chat(40, None, cap=caps.append))
    assert waiting is not None
    await waiting
    assert caps == [60]
    assert stage.standing(limit).reserved == 100 * CENT
    call.usage.cost = 50 * CENT
    hold.settle()
    assert stage.spent(limit) == 50 * CENT


async def test_the_narrowest_limit_caps_and_a_setting_bounds_the_cap() -> None:
    caps: list[int] = []
    stage = Stage(budget(usd=1, unbounded=50), rate(tokens=30, unbounded=1000))
    await run(stage, stage.call(), chat(10, None, cap=caps.append))
    stage = Stage(budget(usd=1, unbounded=50))
    await run(stage, stage.call(), chat(10, None, cap=caps.append))
    assert caps == [20, 50]


async def test_without_room_for_one_token_an_unbounded_ask_is_refused() -> None:
    stage = Stage(budget(usd=1))
    with pytest.raises(BudgetReached, match=r"\$1 of it left, and this call may cost \$1.01"):
        await run(stage, stage.call(), chat(100, None, cap=lambda _: None))
    assert stage.at_rest()


@pytest.mark.parametrize("more", [{"unbounded": "refuse"}, {}])
async def test_an_unbounded_ask_that_must_not_or_cannot_be_capped_is_refused(more: dict[str, str]) -> None:
    stage = Stage(budget(usd=1, **more))
    with pytest.raises(AnswerUnbounded, match="output tokens"):
        await run(stage, stage.call(), chat(1, None, cap=(lambda _: None) if more else None))
    assert stage.at_rest()


async def test_soft_limits_leave_an_unbounded_ask_alone() -> None:
    stage = Stage(budget(usd=1, hard=False), rate(requests=3))
    await run(stage, stage.call(), chat(1, None))


async def test_a_call_of_unknown_price_is_refused_so_that_another_target_may_be_tried() -> None:
    stage = Stage(budget(usd=1))
    with pytest.raises(PriceUnknown) as refused:
        await run(stage, stage.call(), chat(1, 1, tariff=None))
    assert refused.value.retryable


async def test_a_call_of_unknown_price_counts_what_the_setting_says_once_it_was_answered() -> None:
    limit = budget(usd=1, unknown_price=Decimal("0.4"))
    stage = Stage(limit)
    await run(stage, stage.call(), chat(1, 1, tariff=None))
    assert stage.spent(limit) == 0
    for _ in range(2):
        await run(stage, stage.call(), chat(1, 1, tariff=None), send_a_bill)
    assert stage.spent(limit) == 80 * CENT
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(1, 1, tariff=None))


def send_a_bill(usage: Usage) -> None:
    usage.unpriced = True


async def test_an_unknown_price_of_one_target_is_forgotten_at_the_next() -> None:
    money, tokens = budget(usd=1, unknown_price=Decimal(2)), rate("target", tokens=5000)
    stage = Stage(tokens, money)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    call.attempts = 1
    waiting = hold.admit(chat(1, 5, tariff=None, provider="one", model="m"))
    assert waiting is not None
    with pytest.raises(BudgetReached):
        await waiting
    call.attempts = 2
    assert hold.admit(chat(1, 5)) is None
    call.usage.cost = 5 * CENT
    hold.settle()
    assert stage.spent(money) == 5 * CENT
    assert stage.at_rest()


class Counted(Tally):
    """Says how often it was asked."""

    asked = 0

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        self.asked += 1
        return super().take(claims, amounts, now)


@pytest.mark.parametrize("tariff", [CENTS, None])
async def test_what_a_shorter_answer_would_not_mend_is_refused_at_once(tariff: Tariff | None) -> None:
    tally = Counted(100)
    stage = Stage(budget(usd=1, unknown_price=Decimal(1)), rate(requests=1), counters=tally)
    await run(stage, stage.call(), chat(1, 1, tariff=tariff), send_a_bill)
    with pytest.raises(LimitReached):
        await run(stage, stage.call(), chat(1, None, tariff=tariff, cap=lambda _: None))
    assert tally.asked <= 4
    assert stage.at_rest()


async def test_a_free_call_passes_an_exhausted_budget() -> None:
    limit = budget(usd=1)
    stage = Stage(limit)

    def overspend(usage: Usage) -> None:
        usage.cost = 200 * CENT

    await run(stage, stage.call(), chat(1, 1), overspend)
    await run(stage, stage.call(), NO_DEMAND)
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(0, 1))


async def test_bytes_are_counted_when_they_are_known() -> None:
    limit = rate("key", bytes=100, algorithm="fixed")
    stage = Stage(limit)

    def use(usage: Usage) -> None:
        usage.bytes_in, usage.bytes_out = 60, 90

    await run(stage, stage.call(), NO_DEMAND, use)
    assert stage.spent(limit, "key=dev") == 150
    with pytest.raises(RateReached):
        await run(stage, stage.call())


async def test_bytes_of_a_call_with_several_attempts_are_counted_once() -> None:
    limit = rate(bytes=1000)
    stage = Stage(limit)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    for _ in range(3):
        call.attempts += 1
        assert hold.admit(chat()) is None
    call.usage.bytes_in, call.usage.bytes_out = 100, 300
    hold.settle()
    assert stage.spent(limit) == 400
    assert stage.at_rest()


async def test_a_call_that_would_fit_but_for_others_waits_for_them_if_it_may() -> None:
    limit = budget(usd=1, wait=Duration(5))
    stage = Stage(limit)
    first = stage.call()
    hold = stage.limiter.hold(first)
    assert hold is not None
    hold.admit(chat(0, 90))
    second = asyncio.create_task(run(stage, stage.call(), chat(0, 50)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not second.done()
    first.usage.cost = 50 * CENT
    hold.settle()
    await second
    assert stage.at_rest()


async def test_waiting_ends_with_a_refusal_that_says_others_hold_the_rest() -> None:
    stage = Stage(budget(usd=1, wait=Duration(5)))
    first = stage.call()
    hold = stage.limiter.hold(first)
    assert hold is not None
    hold.admit(chat(0, 90))
    second = asyncio.create_task(run(stage, stage.call(), chat(0, 50)))
    for _ in range(60):
        await asyncio.sleep(0)
        stage.pass_time(0.1)
    with pytest.raises(BudgetReached, match="calls under way have reserved the rest") as refused:
        await second
    assert refused.value.retry_after == 1.0
    hold.settle()
    assert stage.at_rest()


async def test_tokens_are_reserved_and_corrected_by_kind() -> None:
    ask, answer, both = rate(input_tokens=100), rate(output_tokens=100), rate(tokens=150)
    stage = Stage(ask, answer, both)

    def use(usage: Usage) -> None:
        usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens = 1, 2, 3
        usage.output_tokens, usage.reasoning_tokens = 10, 20

    await run(stage, stage.call(), chat(60, 90), use)
    assert [stage.spent(each) for each in (ask, answer, both)] == [6, 30, 36]
    with pytest.raises(TokensReached, match="more than the limit ever allows"):
        await run(stage, stage.call(), chat(0, 101))


async def test_a_refusal_tells_how_all_limits_stand_and_is_flagged() -> None:
    stage = Stage(rate(name="few", requests=1), rate(name="many", requests=10, window=Duration(3600)))
    await run(stage, stage.call())
    call = stage.call()
    with pytest.raises(LimitReached) as refused:
        await run(stage, call)
    assert call.exchange.edge.fields["ratelimit"] == '"few";r=0;t=60, "many";r=9;t=360'  # type: ignore[union-attr]
    assert call.flags == ["limit.refused:few"]
    assert refused.value.retry_after == 60


async def test_only_a_call_without_parent_tells_its_caller() -> None:
    stage = Stage(rate(requests=9))
    parent = stage.call()
    child = stage.call(parent=parent, exchange=parent.exchange)
    await run(stage, child)
    assert "ratelimit" not in parent.exchange.edge.fields  # type: ignore[union-attr]


async def test_a_later_attempt_tells_anew_and_not_twice() -> None:
    stage = Stage(budget(name="b", usd=1))
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    for most in (10, 20):
        call.attempts += 1
        hold.admit(chat(0, most))
    assert call.exchange.edge.fields["ratelimit"] == '"b";r=800000'  # type: ignore[union-attr]


async def test_lost_counters_refuse_without_a_word_about_them() -> None:
    class Lost(Tally):
        def take(self, *_: object) -> object:  # type: ignore[override]
            raise CountersLost("redis://secret-host is gone")

    stage = Stage(rate(requests=1), counters=Lost(10))  # type: ignore[arg-type]
    with pytest.raises(LimitsUnavailable) as refused:
        await run(stage, stage.call())
    assert "redis" not in refused.value.message


async def test_counters_that_have_to_be_asked_are_awaited() -> None:
    class Far(Tally):
        async def take(self, *given: object) -> object:  # type: ignore[override]
            await asyncio.sleep(0)
            return super().take(*given)  # type: ignore[arg-type]

    limit = budget(usd=1)
    stage = Stage(limit, counters=Far(10))  # type: ignore[arg-type]
    caps: list[int] = []
    await run(stage, stage.call(), chat(1, 1))
    await run(stage, stage.call(), chat(0, None, cap=caps.append))
    assert caps == [100]
    with pytest.raises(BudgetReached):
        await run(stage, stage.call(), chat(1, 100))


async def test_a_charge_belongs_to_the_window_in_which_it_was_reserved() -> None:
    limit = budget("key", usd=1, window="day")
    stage = Stage(limit)
    call = stage.call()
    hold = stage.limiter.hold(call)
    assert hold is not None
    hold.admit(chat(1, 1))
    stage.pass_time(86400)
    await run(stage, stage.call(), chat(1, 1))
    call.usage.cost = CENT
    hold.settle()
    start = (stage.wall - 36 * 3600 * SECOND) // SECOND * SECOND
    assert call.charges == (
        f'{{"cell":"budget-usd-key-day@usd:day/key=dev","start":{start},"end":{start + 86400 * SECOND},'
        f'"amount":{CENT}}}'
    )
    assert stage.spent(limit, "key=dev") == 0
