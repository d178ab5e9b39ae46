"""Lists of models in the body."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from trigate.llm.choice import MOST, listed, named, without_lists
from trigate.llm.error import InvalidParameter


def members(**written: Any) -> dict[str, Raw]:
    return {name: Raw(msgspec.json.encode(each)) for name, each in written.items()}


def test_both_lists_are_followed_each_model_once():
    found = listed(members(models=["a", "b"], fallbacks=["b", {"model": "c"}]))
    assert found == ("a", "b", "c")
    assert listed(members(models=None)) == ()
    assert listed({}) == ()


@pytest.mark.parametrize(
    "written",
    ["a", 1, {"a": 1}, [1], [""], ["x" * 257], ["a\n"], [{"model": "a", "messages": []}], [{}], ["a"] * (MOST + 1)],
)
def test_what_is_no_list_of_models_is_refused_by_name(written: Any):
    with pytest.raises(InvalidParameter, match="`fallbacks`") as refused:
        listed(members(fallbacks=written))
    assert refused.value.param == "fallbacks"


def test_the_lists_are_taken_out_of_the_ask():
    found = members(models=["a"], model="m", fallbacks=["b"], n=1)
    assert without_lists(found) == b'{"model":"m","n":1}'
    assert list(found) == ["model", "n"]


def test_a_header_field_names_models_too():
    assert named(b"a, b/c ,") == ["a", "b/c"]
    with pytest.raises(InvalidParameter, match="x-trigate-fallbacks"):
        named(b"x" * 257)
