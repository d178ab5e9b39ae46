"""User name and password."""

import pytest

from trigate.core.settings import Secret
from trigate.outbound.credentials.basic import Basic


def test_the_field_is_that_of_the_rfc() -> None:
    fields = Basic(user="Aladdin", password=Secret("open sesame")).fields()
    assert fields == [(b"authorization", b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]


def test_the_password_must_show_in_no_spelling() -> None:
    assert Basic(user="Aladdin", password=Secret("open sesame")).secrets() == (
        b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        b"open sesame",
    )


@pytest.mark.parametrize(("user", "password"), [("a:b", "c"), ("a\n", "c"), ("a", "c\x7f")])
def test_what_the_rfc_excludes_is_refused(user: str, password: str) -> None:
    with pytest.raises(ValueError, match="RFC 7617"):
        Basic(user=user, password=Secret(password))
