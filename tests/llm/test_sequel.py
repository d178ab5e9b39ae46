"""What follows a failure."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llm.troupe import call_of, candidate, names, troupe
from trigate.core.call import Call
from trigate.core.errors import GatewayError, UpstreamFailed
from trigate.core.settings import Duration
from trigate.llm.fault import ALL, PASSING, Fault, blamed
from trigate.llm.retry import Later, Purse, Retries, RetryBudget
from trigate.llm.sequel import Attempts, Sequel


def failure(fault: Fault, retry_after: float | None = None) -> GatewayError:
    return blamed(UpstreamFailed("no", retry_after=retry_after), fault)


def played(attempts: Attempts, call: Call, *faults: Fault) -> list[Any]:
    """The goals, when the first fails of the first fault, and so on; the last one that came does not fail."""
    found = [next(attempts)]
    for fault in faults:
        call.failed = failure(fault)
        following = next(attempts, None)
        if following is None:
            break
        found.append(following)
    return found


def retrying(**written: Any) -> Sequel:
    return Sequel(retries=Retries(**written), purse=Purse(RetryBudget()))


def test_the_next_target_follows_a_failure_that_leads_on_and_nothing_follows_another():
    sequel = Sequel(passing=frozenset({"timeout"}))
    call = call_of()
    assert names(played(Attempts(call, sequel, troupe("a/1", "b/2"), ()), call, "timeout", "timeout")) == ["a/1", "b/2"]
    assert names(played(Attempts(call, sequel, troupe("a/1", "b/2"), ()), call, "server")) == ["a/1"]


def test_failures_of_a_kind_have_targets_of_their_own_that_go_first():
    special = (candidate("large/9"), candidate("b/2"))
    sequel = Sequel(special={"context_window": special})
    call = call_of()
    attempts = Attempts(call, sequel, troupe("a/1", "b/2", "c/3"), ())
    goals = played(attempts, call, "context_window", "context_window", "server")
    assert names(goals) == ["a/1", "large/9", "b/2", "c/3"]
    call = call_of()
    attempts = Attempts(call, sequel, troupe("a/1", "b/2", "c/3"), ())
    assert names(played(attempts, call, "server", "server")) == ["a/1", "b/2", "c/3"]


def test_a_target_for_one_kind_of_failure_is_asked_even_by_those_that_let_no_failure_pass():
    sequel = Sequel(passing=frozenset(), special={"content_policy": (candidate("other/2"),)})
    call = call_of()
    goals = played(Attempts(call, sequel, troupe("a/1", "b/2"), ()), call, "content_policy", "content_policy")
    assert names(goals) == ["a/1", "other/2"]
    assert goals[0].yields == {"content_policy"}
    assert goals[1].yields == frozenset()


def test_a_target_gives_way_only_to_failures_that_something_follows():
    sequel = Sequel(special={"content_policy": (candidate("b/2"),)})
    call = call_of()
    first, second = played(Attempts(call, sequel, troupe("a/1", "b/2"), ()), call, "server")
    assert first.yields == PASSING | {"content_policy"}
    assert second.yields == frozenset()


def test_the_same_target_is_asked_again_then_the_next():
    call = call_of()
    goals = played(Attempts(call, retrying(attempts=2), troupe("a/1", "b/2"), ()), call, *["server"] * 9)  # type: ignore[arg-type]
    assert names(goals) == ["a/1"] * 3 + ["b/2"] * 3
    assert [type(each) is Later for each in goals] == [False, True, True] * 2


def test_failures_that_time_does_not_heal_are_not_tried_again():
    call = call_of()
    goals = played(Attempts(call, retrying(on=("server",)), troupe("a/1", "b/2"), ()), call, "timeout", "quota")
    assert names(goals) == ["a/1", "b/2"]


def test_a_provider_that_wants_to_be_left_alone_for_long_is():
    call = call_of()
    attempts = Attempts(call, retrying(longest=Duration(5)), troupe("a/1", "b/2"), ())
    next(attempts)
    call.failed = failure("rate_limit", retry_after=60)
    assert next(attempts).name == "b/2"


def test_the_last_retry_tells_the_caller_what_the_provider_says():
    call = call_of()
    only = troupe("a/1")
    first, second = played(Attempts(call, retrying(attempts=1), only, ()), call, "server", "server")
    assert first.yields == {"rate_limit", "overloaded", "server", "connect"}
    assert second._target.yields == frozenset()


def test_there_is_an_end_to_all_retries_together():
    sequel = Sequel(retries=Retries(attempts=5), purse=Purse(RetryBudget(share=0, least=3)))
    again = 0
    for _ in range(4):
        call = call_of()
        goals = played(Attempts(call, sequel, troupe("a/1"), ()), call, *["server"] * 5)  # type: ignore[arg-type]
        again += len(goals) - 1
    assert again == 3


def test_other_models_come_last_and_their_failures_lead_on():
    call = call_of()
    others: list[Any] = troupe("model/x", "model/y")
    goals = played(Attempts(call, retrying(attempts=0), troupe("a/1"), others), call, "server", "server", "server")
    assert names(goals) == ["a/1", "model/x", "model/y"]
    assert goals[0].yields >= PASSING


def test_what_has_nothing_to_decide_is_plain():
    assert Sequel().is_plain
    for other in (Sequel(passing=frozenset()), retrying(), Sequel(special={"server": (candidate("a/1"),)})):
        assert not other.is_plain


@pytest.mark.parametrize("place", [0, 1])
def test_a_target_written_twice_is_asked_twice(place: int):
    call = call_of()
    goals = played(Attempts(call, Sequel(passing=frozenset({"server"})), troupe("a/1", "a/1"), ()), call, "server")
    assert goals[place].name == "a/1"


@given(
    st.lists(st.sampled_from(sorted(ALL)), min_size=40, max_size=40),
    st.integers(0, 3),
    st.lists(st.sampled_from(["a/1", "b/2", "c/3"]), min_size=1, max_size=4),
    st.lists(st.sampled_from(["b/2", "d/4"]), max_size=2, unique=True),
)
def test_there_is_an_end_to_all_attempts_and_none_is_more_than_a_retry(
    faults: list[Fault], retries: int, order: list[str], special: list[str]
):
    sequel = Sequel(
        special={"timeout": tuple(troupe(*special))},
        retries=Retries(attempts=retries, on=("server", "timeout")),
        purse=Purse(RetryBudget(least=1000)),
    )
    call = call_of()
    others: list[Any] = troupe("model/x")
    goals = played(Attempts(call, sequel, troupe(*order), others), call, *faults)
    times = Counter(names(goals))
    assert times["model/x"] <= 1
    for name in {*order, *special}:
        assert times[name] <= (max(order.count(name), 1)) * (retries + 1)
