"""What a text means is decided by the type it is read into."""

from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.config.scalar import is_scalar, read_scalar, read_untyped
from trigate.core.settings import Duration, Secret, Size


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("no", str, "no"),
        ("0777", str, "0777"),
        ("12:30:00", str, "12:30:00"),
        ("true", bool, True),
        ("False", bool, False),
        ("0", int, 0),
        ("-12", int, -12),
        ("1_000", int, 1000),
        ("1", float, 1.0),
        ("1e3", float, 1000.0),
        (".5", float, 0.5),
        ("0.10", Decimal, Decimal("0.10")),
        ("250ms", Duration, Duration(0.25)),
        ("16KiB", Size, Size(16384)),
        ("on", Literal["on", "off"], "on"),
        ("3", Literal[1, 3], 3),
        ("true", Literal[True], True),
        ("red", Colour, Colour.RED),
    ],
)
def test_a_text_is_read_as_the_type(text: str, hint: Any, value: Any):
    found = read_scalar(text, hint)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "hint", "message"),
    [
        ("no", bool, "'no' is not a truth value; write true or false"),
        ("on", bool, "write true or false"),
        ("1", bool, "write true or false"),
        ("0777", int, "not a whole number without leading zeros"),
        ("0x10", int, "not a whole number"),
        ("1:30", int, "not a whole number"),
        ("1.0", int, "not a whole number"),
        ("1__0", int, "not a whole number"),
        ("9" * 5000, int, "not a whole number"),
        ("nan", float, "not a number"),
        (".inf", float, "not a number"),
        ("1e999", float, "too large"),
        ("1,5", Decimal, "not a number"),
        ("10 parsecs", Duration, "not a duration"),
        ("1.5", Size, "not a size"),
        ("fallbak", Literal["fallback", "weighted"], "'fallbak' is not one of fallback, weighted"),
        ("green", Colour, "not one of red, blue"),
        ("", int, "not a whole number"),
    ],
)
def test_a_text_that_is_not_of_the_type_is_refused(text: str, hint: Any, message: str):
    with pytest.raises(ValueError, match=message) as caught:
        read_scalar(text, hint)
    assert len(str(caught.value)) < 200


def test_a_secret_shows_nowhere():
    secret = read_scalar("canary", Secret)
    assert secret.reveal() == "canary"
    assert "canary" not in repr(secret)


@pytest.mark.parametrize(
    ("text", "value"),
    [("null", None), ("", None), ("true", True), ("12", 12), ("1.5", 1.5), ("no", "no"), ("0777", "0777"), ("x", "x")],
)
def test_where_anything_will_do_yaml_1_2_decides(text: str, value: Any):
    assert read_untyped(text, plain=True) == value or (value == "0777" and read_untyped(text, plain=True) == 777)
    assert read_untyped(text, plain=False) == text


def test_only_types_of_a_single_text_are_scalars():
    assert all(is_scalar(each) for each in (str, int, Secret, Size, Literal["a"], Colour))
    assert not any(is_scalar(each) for each in (list[str], dict[str, str], list))


@given(st.text(max_size=30), st.sampled_from([bool, int, float, Decimal, Duration, Size, Literal["a", 1], Colour]))
def test_any_text_is_read_or_refused(text: str, hint: Any):
    try:
        read_scalar(text, hint)
    except ValueError:
        return


@given(st.integers(-(10**30), 10**30))
def test_every_whole_number_reads_back(number: int):
    assert read_scalar(str(number), int) == number
