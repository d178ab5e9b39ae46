"""Bounds of the output that one member says, at the top of the body or within an object of it."""

import msgspec
import pytest
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members
from trigate.llm.member_bound import Path, read_member_bound

TOP: Path = ("max_tokens",)
INNER: Path = ("generationConfig", "maxOutputTokens")
CHOICES: Path = ("generationConfig", "candidateCount")


def members(**values: object) -> Members:
    return {name: Raw(msgspec.json.encode(value)) for name, value in values.items()}


@pytest.mark.parametrize(
    ("given", "path", "limit"),
    [
        ({"max_tokens": 5}, TOP, 5),
        ({"max_tokens": 5.0}, TOP, 5),
        ({"max_tokens": None}, TOP, None),
        ({"max_tokens": 10**10}, TOP, None),
        ({}, TOP, None),
        ({"generationConfig": {"maxOutputTokens": 7}}, INNER, 7),
        ({"generationConfig": None}, INNER, None),
        ({}, INNER, None),
    ],
)
def test_the_bound_is_read_where_it_stands(given: dict[str, object], path: Path, limit: int | None) -> None:
    bound = read_member_bound(members(**given), path)
    assert bound.most("any") == limit
    assert bound.likely("any") == min(limit or 1024, 1024)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "5", [], True])
def test_what_is_no_number_of_tokens_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidParameter) as caught:
        read_member_bound(members(generationConfig={"maxOutputTokens": wrong}), INNER)
    assert caught.value.param == "generationConfig.maxOutputTokens"


def test_an_object_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="generationConfig"):
        read_member_bound(members(generationConfig=[1]), INNER)


def test_it_is_lowered_in_its_place_and_shared_by_all_answers() -> None:
    given = members(generationConfig={"temperature": 1, "maxOutputTokens": 80, "candidateCount": 2}, contents=[])
    bound = read_member_bound(given, INNER, CHOICES)
    assert bound.most("any") == 160
    lowered = bound.lowered(given, "any", 101)
    assert msgspec.json.decode(lowered["generationConfig"]) == {
        "temperature": 1, "maxOutputTokens": 50, "candidateCount": 2,
    }  # fmt: skip
    assert bound.share(1000) == 80
    assert read_member_bound({}, TOP).lowered({}, "any", 9) == {"max_tokens": Raw(b"9")}
    with pytest.raises(InvalidParameter, match="not enough"):
        bound.share(1)
