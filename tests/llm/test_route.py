"""From a model's name to its targets."""

from typing import Any

import pytest

from tests.llm.troupe import ask_of, call_of, candidate, names, troupe
from trigate.core.clock import clock
from trigate.core.settings import Duration
from trigate.llm.branch import Branch
from trigate.llm.candidate import Candidate
from trigate.llm.error import NoTarget
from trigate.llm.fault import PASSING
from trigate.llm.hedge import Hedge, HedgeSettings, Hedging
from trigate.llm.model_facts import ModelFacts
from trigate.llm.resource.recall import Recall
from trigate.llm.retry import Purse, Retries, RetryBudget
from trigate.llm.route import Route
from trigate.llm.sequel import Attempts, Sequel
from trigate.llm.strategies.conditional import Conditional


def goals(route: Route, others: Any = (), team: str = "", **members: Any) -> list[Any]:
    return list(route.goals(call_of(team=team), ask_of(**members), others))


def test_one_target_is_the_same_for_every_ask():
    route = Route(troupe("a/1"))
    assert route.fixed is not None
    assert names(route.fixed) == ["a/1"]


def test_each_but_the_last_gives_way():
    route = Route(troupe("a/1", "b/2"))
    assert [each.yields for each in goals(route)] == [PASSING, frozenset()]
    assert route.goals(call_of(), ask_of()) is route.goals(call_of(), ask_of())


def test_who_rests_after_failures_comes_last_who_rests_longest_before(monkeypatch: pytest.MonkeyPatch):
    targets = troupe("a/1", "b/2", "c/3")
    route = Route(targets)
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    targets[0].health.rest(60)
    targets[1].health.rest(30)
    found = goals(route)
    assert names(found) == ["c/3", "b/2", "a/1"]
    assert [each.yields for each in found] == [PASSING, PASSING, frozenset()]
    now += 31
    assert names(goals(route)) == ["b/2", "c/3", "a/1"]


def test_a_target_with_a_condition_is_asked_only_where_that_holds():
    route = Route([candidate("a/1", when="principal.team == 'red'"), candidate("b/2", when="principal.team != ''")])
    assert names(goals(route, team="red")) == ["a/1", "b/2"]
    assert names(goals(route, team="blue")) == ["b/2"]
    with pytest.raises(NoTarget, match="no target of 'smart' may take this ask"):
        goals(route)


@pytest.mark.parametrize("background", [True, False])
def test_nobody_races_for_an_answer_in_the_background(background: bool):
    nothing: Any = None
    hedging = Hedging(HedgeSettings(after=Duration(1), whole=Duration(1)), Purse(RetryBudget()), nothing, nothing)
    route = Route(troupe("a/1", "b/2"), sequel=Sequel(hedging=hedging))
    ask = ask_of()
    ask.recall = Recall("ann", background=background)
    goals = iter(route.goals(call_of(), ask))
    assert isinstance(next(goals), Hedge) is not background


def test_a_single_target_with_a_condition_is_no_fixed_one():
    route = Route([candidate("a/1", when="principal.team == 'red'")])
    assert route.fixed is None
    assert names(goals(route, team="red")) == ["a/1"]


def blind(name: str, **more: Any) -> Candidate:
    return candidate(name, facts=ModelFacts(lacks=frozenset({"vision"}), **more))


IMAGE = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]


def test_who_is_known_to_be_unable_is_left_out():
    targets = [blind("blind/1", context=2000), candidate("short/2", facts=ModelFacts(context=2000)), candidate("new/3")]
    route = Route(targets, fits=True)
    assert names(goals(route)) == ["blind/1", "short/2", "new/3"]
    assert names(goals(route, messages=IMAGE)) == ["short/2", "new/3"]
    assert names(goals(route, messages=[{"role": "user", "content": "x" * 16_000}])) == ["new/3"]


def test_if_nobody_is_known_to_be_able_all_are_asked():
    route = Route([blind("a/1"), blind("b/2")], fits=True)
    assert names(goals(route, messages=IMAGE)) == ["a/1", "b/2"]


def test_other_models_come_after_all_targets():
    others: list[Any] = troupe("model/x")
    found = goals(Route(troupe("a/1")), others)
    assert names(found) == ["a/1", "model/x"]
    assert found[0].yields == PASSING


def test_other_models_are_asked_where_no_target_may_take_the_ask():
    others: list[Any] = troupe("model/x")
    assert names(goals(Route([candidate("a/1", when="false")]), others)) == ["model/x"]


def test_a_strategy_chooses_among_those_left():
    route = Route(troupe("a/1", "b/2"), lambda call, ask, found: list(reversed(found)))
    assert names(goals(route)) == ["b/2", "a/1"]


def test_where_more_than_the_next_may_follow_each_attempt_is_chosen_in_turn():
    sequel = Sequel(retries=Retries(), purse=Purse(RetryBudget()))
    route = Route(troupe("a/1"), sequel=sequel)
    assert route.fixed is None
    assert isinstance(route.goals(call_of(), ask_of()), Attempts)


def test_a_strategy_that_excludes_is_asked_about_a_single_target_too():
    strategy = Conditional(rules=(Branch(when="principal.team == 'red'", targets="a/1", only=True),))
    assert strategy.excludes
    targets = [candidate("a/1"), candidate("b/2", when="true")]
    route = Route([targets[1]], strategy.open("smart", targets))
    assert route.fixed is None
    assert names(goals(route)) == ["b/2"]
    with pytest.raises(NoTarget):
        goals(route, team="red")
