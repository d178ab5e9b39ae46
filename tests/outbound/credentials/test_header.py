"""A key or token in a header field."""

import pytest

from trigate.core.settings import Secret
from trigate.outbound.credentials.header import Header


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (Header(value=Secret("k")), (b"authorization", b"Bearer k")),
        (Header(value=Secret("k"), scheme="Token"), (b"authorization", b"Token k")),
        (Header(value=Secret("k"), scheme=""), (b"authorization", b"k")),
        (Header(value=Secret("k"), name="X-Api-Key"), (b"x-api-key", b"k")),
    ],
)
def test_the_field_is_as_configured(settings: Header, field: tuple[bytes, bytes]) -> None:
    assert settings.fields() == [field]


@pytest.mark.parametrize("value", ["", " k", "a\r\nb: c", "k\n", "ü"])
def test_a_value_that_would_break_a_head_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Header(value=Secret(value))


@pytest.mark.parametrize("name", ["Host", "connection", "content-length"])
def test_a_field_of_the_message_itself_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no credential"):
        Header(value=Secret("k"), name=name)


def test_the_value_must_not_show_without_its_scheme_either() -> None:
    assert Header(value=Secret("k")).secrets() == (b"k",)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not the name"):
        Header(value=Secret("k"), name="a b")
