"""Feedback: the latest word of each key, about its own requests and those of its team, and of no other tenant."""

from typing import Any

import pytest

from tests.store.record import DAY, record
from trigate.core.errors import BadRequest
from trigate.store.feedback import MOST, list_opinions, sum_opinions, write_opinions
from trigate.store.ledger import read_entries, write_new
from trigate.store.opinion import MILLION, Opinion
from trigate.store.store import Store

NOW = 6 * DAY


@pytest.fixture
def used(store: Store) -> Store:
    rows = [
        record("1", request_id="1", prompt="greet@2", organisation="acme"),
        record("2", key="other", team="b", organisation="acme", resource="model/big", target="anthropic/big"),
        record("3", key="far", team="a", organisation="umbrella", request_id="3"),
        record("4", key="ci", team="a", organisation="acme", parent="1", request_id="theirs"),
    ]
    with store.writing() as connection:
        write_new(connection, read_entries(rows)[0])
    return store


def say(store: Store, request: str, key: str = "ci", team: str = "a", organisation: str = "acme", **more: Any) -> None:
    more.setdefault("time", NOW)
    said = Opinion(request=request, key=key, team=team, organisation=organisation, **more)
    with store.writing() as connection:
        write_opinions(connection, [said])


def heard(store: Store, organisation: str | None = None, **only: str) -> list[dict[str, Any]]:
    with store.reading() as connection:
        return list_opinions(connection, 0, 10 * DAY, only, organisation)


def test_an_opinion_is_shown_with_the_call_it_is_about(used: Store):
    say(used, "1", score=-1_500_000, label="wrong", comment="no")
    (found,) = heard(used)
    assert (found["model"], found["target"], found["prompt"], found["call"]) == ("gpt", "openai/gpt", "greet@2", "1")
    assert (found["score"], found["label"], found["comment"]) == (-1.5, "wrong", "no")


def test_the_id_that_a_caller_brought_is_as_good_and_means_no_inner_call(used: Store):
    say(used, "theirs", key="other", team="b", score=MILLION)
    assert [each["call"] for each in heard(used)] == ["2"]


def test_a_later_word_of_the_same_key_counts_and_the_same_again_changes_nothing(used: Store):
    say(used, "1", score=MILLION, time=NOW)
    say(used, "1", score=2 * MILLION, time=NOW + 1)
    say(used, "1", score=MILLION, time=NOW)  # the first batch again, after a crash
    assert [each["score"] for each in heard(used)] == [2]
    say(used, "1", key="mate", label="agreed")
    assert len(heard(used)) == 2


@pytest.mark.parametrize(
    ("request_id", "key", "team", "organisation"),
    [("1", "other", "b", "acme"), ("1", "ci", "a", "umbrella"), ("3", "ci", "a", "acme"), ("none", "ci", "a", "acme")],
)
def test_nobody_speaks_of_a_request_of_others(
    used: Store, request_id: str, key: str, team: str, organisation: str
) -> None:
    say(used, request_id, key, team, organisation, score=0)
    assert heard(used) == []


def test_without_a_team_only_the_key_itself_speaks(used: Store):
    say(used, "1", key="mate", team="", score=0)
    assert heard(used) == []
    say(used, "1", team="", score=0)
    assert len(heard(used)) == 1


def test_an_opinion_may_come_before_its_call(store: Store):
    say(store, "late", score=MILLION)
    assert heard(store) == []
    with store.writing() as connection:
        write_new(connection, read_entries([record("late", request_id="late", organisation="acme")])[0])
    assert len(heard(store)) == 1


def test_an_operator_of_one_organisation_hears_its_own(used: Store):
    say(used, "1", score=0)
    say(used, "3", "far", "a", "umbrella", score=0)
    assert [each["request"] for each in heard(used, "umbrella")] == ["3"]
    assert len(heard(used)) == 2


def test_sums_are_exact_by_any_word(used: Store):
    say(used, "1", score=100_000)
    say(used, "1", key="mate", score=200_000)
    say(used, "2", "other", "b", label="fine")
    with used.reading() as connection:
        by_model = sum_opinions(connection, ["model"], 0, 10 * DAY, {})
        by_day = sum_opinions(connection, ["day", "prompt"], 0, 10 * DAY, {"model": "gpt"})
    assert by_model == [
        {"model": "big", "opinions": 1, "scored": 0, "sum": 0},
        {"model": "gpt", "opinions": 2, "scored": 2, "sum": 300_000},
    ]
    assert by_day == [{"day": "1970-01-07", "prompt": "greet@2", "opinions": 2, "scored": 2, "sum": 300_000}]


def test_filters_keep_what_has_the_word(used: Store):
    say(used, "1", label="wrong")
    say(used, "2", "other", "b", label="fine")
    assert [each["request"] for each in heard(used, label="fine")] == ["2"]
    assert [each["request"] for each in heard(used, model="gpt")] == ["1"]
    assert [each["request"] for each in heard(used, prompt="greet@2")] == ["1"]
    with pytest.raises(BadRequest):
        heard(used, comment="x")
    with pytest.raises(BadRequest), used.reading() as connection:
        sum_opinions(connection, ["comment"], 0, 1, {})


def test_one_answer_is_bounded(used: Store):
    with used.writing() as connection:
        write_opinions(
            connection,
            [
                Opinion(request="1", time=NOW + number, key=f"k{number}", team="a", organisation="acme")
                for number in range(MOST + 5)
            ],
        )
    found = heard(used)
    assert len(found) == MOST
    assert found[0]["key"] == f"k{MOST + 4}"
