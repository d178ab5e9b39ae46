"""Who is passed over, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.clock import clock
from trigate.core.settings import Duration
from trigate.llm.fault import Fault
from trigate.llm.health import KEPT_MODELS, LONGEST_REST, Health, HealthSettings, Vitals

SETTINGS = HealthSettings(failures=3, window=Duration(10), cool_down=Duration(30))


class Time:
    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "monotonic", lambda: time.now)
    return time


def fail(health: Health, times: int, retry_after: float | None = None) -> None:
    for _ in range(times):
        begun = health.begin()
        health.failed(retry_after)
        health.end(begun)


def test_so_many_failures_in_a_row_let_it_rest(time: Time):
    health = Health(SETTINGS)
    fail(health, 2)
    assert health.available(time.now)
    fail(health, 1)
    assert not health.available(time.now)
    assert health.opens == time.now + 30
    assert health.in_flight == 0


def test_an_answer_between_them_starts_the_count_anew(time: Time):
    health = Health(SETTINGS)
    fail(health, 2)
    health.answered(health.begin())
    fail(health, 2)
    assert health.available(time.now)


def test_failures_that_are_far_apart_do_not_count_together(time: Time):
    health = Health(SETTINGS)
    for _ in range(6):
        fail(health, 1)
        time.now += 6
    assert health.available(time.now)


def test_after_the_rest_one_ask_at_a_time_tries_it(time: Time):
    health = Health(SETTINGS)
    fail(health, 3)
    time.now += 30
    assert health.available(time.now)
    begun = health.begin()
    assert not health.available(time.now)
    health.answered(begun)
    assert health.available(time.now)


def test_a_probe_that_fails_lets_it_rest_again(time: Time):
    health = Health(SETTINGS)
    fail(health, 3)
    time.now += 30
    fail(health, 1)
    assert not health.available(time.now + 29)
    assert health.available(time.now + 30)


def test_a_probe_that_tells_nothing_leaves_its_place_to_the_next(time: Time):
    health = Health(SETTINGS)
    fail(health, 3)
    time.now += 30
    begun = health.begin()
    assert not health.available(time.now)
    health.end(begun)
    assert health.available(time.now)
    assert health.opens
    health.answered(health.begin())
    assert not health.opens


def test_an_older_attempt_that_tells_nothing_changes_nothing(time: Time):
    health = Health(SETTINGS)
    older = health.begin()
    time.now += 1
    fail(health, 3)
    health.end(older)
    assert not health.available(time.now)


def test_a_probe_that_hangs_does_not_keep_others_away_for_ever(time: Time):
    health = Health(SETTINGS)
    fail(health, 3)
    time.now += 30
    health.begin()
    assert not health.available(time.now + 29)
    assert health.available(time.now + 30)


def test_the_answer_to_an_older_ask_does_not_end_a_rest(time: Time):
    health = Health(SETTINGS)
    begun = health.begin()
    time.now += 1
    fail(health, 1, retry_after=20)
    health.answered(begun)
    assert not health.available(time.now + 19)
    assert health.available(time.now + 20)


def test_a_rest_that_the_provider_asks_for_is_bounded_and_the_longer_one_stays(time: Time):
    health = Health(SETTINGS)
    fail(health, 1, retry_after=1e9)
    assert health.opens == time.now + LONGEST_REST
    health.rest(1)
    assert health.opens == time.now + LONGEST_REST
    health = Health(SETTINGS)
    fail(health, 1, retry_after=0)
    assert health.available(time.now)


def test_a_slow_first_token_counts_at_once_and_fades(time: Time):
    health = Health(SETTINGS)
    assert health.seconds(time.now) == 0
    health.measure(1.0, time.now)
    health.measure(4.0, time.now)
    assert health.seconds(time.now) == 4.0
    time.now += 1
    health.measure(1.0, time.now)
    assert 3.5 < health.seconds(time.now) < 4.0
    assert health.seconds(time.now + 300) < 0.001


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0, 60)), min_size=1))
def test_a_measured_time_lies_between_what_was_measured(measured: list[tuple[float, float]]):
    health, now = Health(SETTINGS), 0.0
    for seconds, passed in measured:
        now += passed
        health.measure(seconds, now)
    assert -1e-9 <= health.seconds(now) <= max(seconds for seconds, _ in measured) + 1e-9


@pytest.mark.parametrize("fault", ["bad_request", "context_window", "content_policy", "model", "limit", "gateway"])
def test_what_is_wrong_with_an_ask_accuses_nobody(time: Time, fault: Fault):
    vitals = Vitals(SETTINGS)
    model = vitals.model("m")
    for _ in range(9):
        vitals.note(model, fault, 60)
    assert model.available(time.now)
    assert vitals.provider.available(time.now)


@pytest.mark.parametrize(("fault", "seconds"), [("rate_limit", 10), ("key", 300), ("quota", 300)])
def test_what_is_wrong_with_the_only_key_lets_the_target_rest_and_with_one_of_several_not(
    time: Time, fault: Fault, seconds: float
):
    vitals = Vitals(SETTINGS)
    vitals.note(vitals.model("m"), fault, None, keyed=True)
    assert vitals.model("m").available(time.now)
    vitals.note(vitals.model("m"), fault, None)
    assert not vitals.model("m").available(time.now + seconds - 1)
    assert vitals.model("m").available(time.now + seconds)
    assert vitals.model("n").available(time.now)


def test_a_failure_accuses_the_model_and_no_connection_the_provider(time: Time):
    vitals = Vitals(SETTINGS)
    model, other = vitals.model("m"), vitals.model("n")
    for _ in range(3):
        vitals.note(model, "server", None)
    assert not model.available(time.now)
    assert other.available(time.now)
    assert vitals.provider.available(time.now)
    for _ in range(3):
        vitals.note(other, "connect", None)
    assert other.available(time.now)
    assert not vitals.provider.available(time.now)


def test_models_are_remembered_up_to_a_bound(time: Time):
    vitals = Vitals(SETTINGS)
    first = vitals.model("0")
    assert vitals.model("0") is first
    for number in range(KEPT_MODELS):
        vitals.model(str(number + 1))
    assert vitals.model(str(KEPT_MODELS)) is vitals.model(str(KEPT_MODELS))
    assert vitals.model("0") is not first


@pytest.mark.parametrize("changes", [{"failures": 0}, {"failures": 1001}, {"window": Duration(0)}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]):
    with pytest.raises(ValueError, match="must be"):
        HealthSettings(**changes)  # type: ignore[arg-type]
