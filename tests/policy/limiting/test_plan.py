"""What applies to whom, worked out once."""

from tests.policy.limiting.stage import Stage, budget, concurrency, principal_of, quotas_of, rate
from trigate.policy.limiting.plan import MOST_PLANS, Book


def test_a_plan_is_worked_out_once_for_a_principal_and_an_action() -> None:
    stage, book = Stage(), Book(quotas_of([rate("key", requests=1)]))
    principal = principal_of()
    plan = book.plan(stage.call(principal=principal))
    assert plan is not None
    assert book.plan(stage.call(principal=principal)) is plan
    assert book.plan(stage.call(principal=principal, action="llm.embed")) is not plan
    assert Book(book.quotas).plan(stage.call(principal=principal)) is not plan


def test_what_cannot_apply_costs_nothing_later() -> None:
    stage, book = (
        Stage(),
        Book(quotas_of([rate("team", requests=1), rate(requests=1, on="mcp"), rate("tool", requests=1)])),
    )
    assert book.plan(stage.call()) is None


def test_what_a_call_uses_once_is_not_taken_again() -> None:
    stage = Stage()
    limits = [
        rate("key", requests=1),
        rate("provider", requests=1),
        rate(bytes=1),
        budget(usd=1),
        rate(tokens=1),
        concurrency(max=1),
        concurrency("key provider", max=1),
    ]
    plan = Book(quotas_of(limits)).plan(stage.call())
    assert plan is not None

    def names(group: object) -> list[str]:
        return [quota.name for quota in group._quotas]  # type: ignore[attr-defined]

    assert names(plan.first) == [
        "rate-requests-key-1m",
        "rate-requests-provider-1m",
        "rate-bytes-1m",
        "budget-usd-ever",
        "rate-tokens-1m",
    ]
    assert names(plan.again) == ["rate-requests-provider-1m", "rate-bytes-1m", "budget-usd-ever", "rate-tokens-1m"]
    assert names(plan.places) == ["concurrency-requests"]
    assert names(plan.target_places) == ["concurrency-requests-key-provider"]


def test_callers_who_make_up_names_do_not_fill_the_memory() -> None:
    stage, book, principal = Stage(), Book(quotas_of([rate(requests=1)])), principal_of()
    for number in range(MOST_PLANS + 5):
        book.plan(stage.call(principal=principal, resource=f"model/{number}"))
    assert len(principal.limits.plans) <= MOST_PLANS


def test_the_plan_of_a_long_name_is_not_kept() -> None:
    stage, book, principal = Stage(), Book(quotas_of([rate(requests=1)])), principal_of()
    assert book.plan(stage.call(principal=principal, resource="model/" + "x" * 10_000)) is not None
    assert principal.limits.plans == {}


def test_only_hard_budgets_depend_on_what_was_before() -> None:
    assert Book(quotas_of([budget(usd=1)])).strict
    assert not Book(quotas_of([budget(usd=1, hard=False), budget(usd=1, shadow=True), rate(tokens=1)])).strict


def test_of_limits_with_the_same_name_the_first_holds() -> None:
    quotas = quotas_of([rate(name="a", requests=1), rate(name="b", requests=2), rate(name="a", requests=3)])
    assert [quota.law.capacity for quota in Book(quotas).quotas] == [1, 2]


def test_money_is_set_aside_of_budgets_that_refuse_alone() -> None:
    rates, soft = [rate(requests=1), rate(tokens=1)], budget(usd=2, hard=False)
    limits = [*rates, budget(usd=1), budget(tokens=1), soft, concurrency(max=1)]
    stage, book = Stage(), Book(quotas_of(limits))
    plan = book.deposit(stage.call())
    assert plan is not None
    assert plan.first is not None
    assert [quota.law.capacity for quota in plan.first._quotas] == [10**9]  # type: ignore[reportPrivateUsage] - its limits
    assert (plan.again, plan.places) == (plan.first, None)
    assert Book(quotas_of([rate(requests=1)])).deposit(stage.call()) is None


def test_what_is_over_is_counted_by_all_but_those_of_requests_and_refused_by_none() -> None:
    limits = [rate(requests=1), rate(tokens=1), budget(usd=1), concurrency(max=1)]
    stage, book = Stage(), Book(quotas_of(limits))
    plan = book.booking(stage.call())
    assert plan is not None
    assert plan.first is not None
    quotas = plan.first._quotas  # type: ignore[reportPrivateUsage] - as above
    assert [(quota.unit.name, quota.strict) for quota in quotas] == [("tokens", False), ("usd", False)]
    assert {quota.tag for quota in quotas} <= {quota.tag for quota in book.quotas}
