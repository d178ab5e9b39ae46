"""How much output an ask allows, and how a limit lowers that."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members, read_members
from trigate.llm.output_bound import COMPLETION, LEGACY, read_output_bound


def members(**values: Any) -> Members:
    return read_members(msgspec.json.encode(values), frozenset())


@pytest.mark.parametrize(
    ("values", "completion", "legacy"),
    [
        ({}, None, None),
        ({"max_tokens": 5}, 5, 5),
        ({"max_completion_tokens": 5}, 5, None),
        ({"max_completion_tokens": 5, "max_tokens": 9}, 9, 9),
        ({"max_tokens": 5, "n": 3}, 15, 15),
        ({"max_tokens": None, "n": None}, None, None),
        ({"max_tokens": -1}, None, None),
        ({"max_tokens": 0}, None, None),
        ({"max_tokens": 10**12}, None, None),
        ({"max_tokens": 100.0}, 100, 100),
        ({"max_completion_tokens": 9, "max_tokens": 5}, 9, 9),
        ({"max_tokens": 10**9, "n": 10**9}, None, None),
    ],
)
def test_the_bound_is_the_largest_that_the_provider_may_obey(
    values: dict[str, Any], completion: int | None, legacy: int | None
):
    bound = read_output_bound(members(**values))
    assert bound.most(COMPLETION) == completion
    assert bound.most(LEGACY) == legacy


@pytest.mark.parametrize(
    ("values", "param"),
    [
        ({"max_tokens": "5"}, "max_tokens"),
        ({"max_tokens": 5.5}, "max_tokens"),
        ({"max_completion_tokens": [5]}, "max_completion_tokens"),
        ({"max_completion_tokens": True}, "max_completion_tokens"),
        ({"n": "3"}, "n"),
        ({"n": 0}, "n"),
        ({"n": -2}, "n"),
        ({"n": 10**12}, "n"),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_refused(values: dict[str, Any], param: str):
    with pytest.raises(InvalidParameter) as caught:
        read_output_bound(members(**values))
    assert caught.value.param == param


def test_a_prediction_that_proves_wrong_is_billed_on_top():
    prediction = {"type": "content", "content": "x" * 1000}
    most = read_output_bound(members(max_tokens=10, prediction=prediction)).most(COMPLETION)
    assert most is not None
    assert most > 1010


@pytest.mark.parametrize(
    ("values", "likely"), [({}, 1024), ({"n": 2}, 2048), ({"max_tokens": 7}, 7), ({"n": 10**9}, 10**9)]
)
def test_a_likely_answer_is_no_longer_than_allowed(values: dict[str, Any], likely: int):
    assert read_output_bound(members(**values)).likely(COMPLETION) == likely


@pytest.mark.parametrize(
    ("values", "field", "sent"),
    [
        ({}, COMPLETION, {"max_completion_tokens": 100}),
        ({}, LEGACY, {"max_tokens": 100}),
        ({"max_tokens": 500}, COMPLETION, {"max_tokens": 100}),
        ({"max_tokens": None}, COMPLETION, {"max_completion_tokens": 100}),
        ({"max_completion_tokens": 500}, LEGACY, {"max_completion_tokens": 100, "max_tokens": 100}),
        ({"max_completion_tokens": 30}, LEGACY, {"max_completion_tokens": 30, "max_tokens": 30}),
        ({"max_tokens": 30}, COMPLETION, {"max_tokens": 30}),
        ({"max_tokens": -1}, LEGACY, {"max_tokens": 100}),
        ({"n": 3}, COMPLETION, {"max_completion_tokens": 33}),
    ],
)
def test_the_bound_goes_out_in_the_members_the_caller_used(values: dict[str, Any], field: str, sent: dict[str, int]):
    given = members(**values)
    lowered = read_output_bound(given).lowered(given, field, 100)
    assert {name: int(bytes(raw)) for name, raw in lowered.items()} == sent


@given(
    st.integers(1, 10), st.integers(1, 10**6) | st.none(), st.integers(0, 10**6), st.sampled_from([COMPLETION, LEGACY])
)
def test_what_goes_out_never_allows_more_than_it_should(choices: int, asked: int | None, tokens: int, field: str):
    given = members(n=choices, max_tokens=asked)
    bound = read_output_bound(given)
    if tokens < choices:
        with pytest.raises(InvalidParameter):
            bound.lowered(given, field, tokens)
        return
    most = read_output_bound(given | bound.lowered(given, field, tokens)).most(field)
    assert most is not None
    assert most <= tokens
    assert most <= (bound.most(field) or tokens)


@pytest.mark.parametrize("name", ["n_predict", "max_new_tokens"])
def test_a_bound_by_another_name_may_be_the_one_that_is_obeyed(name: str):
    bound = read_output_bound(members(max_tokens=5, **{name: 70}))
    assert (bound.most(COMPLETION), bound.most(LEGACY)) == (70, 70)
    assert read_output_bound(members(max_tokens=5, **{name: -1})).most(LEGACY) is None
    assert read_output_bound(members(max_tokens=5, **{name: None})).most(LEGACY) == 5
    assert read_output_bound(members(**{name: 70})).most(LEGACY) is None, "not every server knows it"


@pytest.mark.parametrize(("said", "left"), [(70, 3), (-1, 3), (2, 2)])
def test_a_bound_by_another_name_is_lowered_with_the_others(said: int, left: int):
    asked = members(max_tokens=5, n_predict=said)
    sent = read_output_bound(asked).lowered(asked, LEGACY, 3)
    assert {name: int(bytes(value)) for name, value in sent.items()} == {"max_tokens": 3, "n_predict": left}
