"""Structured fields, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.policy.structured_field import InnerList, Item, read_dictionary


def test_a_dictionary_of_inner_lists_is_read_with_all_parameters() -> None:
    text = 'sig1=("@method" "@query-param";name="a b" "x-y");created=1618884473;keyid="k\\"1";flag, b=:aGk=:, c, d=?0'
    found = read_dictionary(text)
    first = found["sig1"]
    assert isinstance(first, InnerList)
    assert [item.value for item in first.items] == ["@method", "@query-param", "x-y"]
    assert first.items[1].parameters == {"name": "a b"}
    assert first.items[1].text == '"@query-param";name="a b"'
    assert first.parameters == {"created": 1618884473, "keyid": 'k"1', "flag": True}
    assert first.text == text.removeprefix("sig1=").partition(", b")[0]
    assert [each.value for each in found.values() if isinstance(each, Item)] == [b"hi", True, False]
    assert read_dictionary("") == {}


@pytest.mark.parametrize(
    "text",
    ["a=", "a=1,", "a=1 b=2", "a=1,,b=2", "A=1", "a=1, a=2", "a=1;b=1;b=2", 'a="x', "a=(1", "a=(1;", "a=:x", "a=:=:",
     "a=1.5", "a=9999999999999999", "a=\u00e4", 'a="\u00e4"', "a=?2", "a=(1(2))", "a=(1,2)", "a=1\n", "=1", "(a)"],
)  # fmt: skip
def test_what_is_no_dictionary_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        read_dictionary(text)


def test_floods_are_refused() -> None:
    for text in (",".join(f"k{n}" for n in range(100)), "a=(" + "1 " * 100 + ")", "a" + ";b" * 9000):
        with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
            read_dictionary(text)


@given(st.text(alphabet='abc="();:,?*1 \\-', max_size=40))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    try:
        found = read_dictionary(text)
    except ValueError:
        return
    assert all(member.text in text or member.text == "" for member in found.values())
