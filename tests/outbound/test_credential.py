"""What every kind of credential has in common."""

from trigate.core.parts import Headers
from trigate.outbound.credential import Credential
from trigate.outbound.settings import TlsSettings


class Two(Credential):
    """Sets two fields."""

    def fields(self) -> Headers:
        return [(b"authorization", b"Scheme a b"), (b"x-key", b"c")]


def test_a_kind_that_says_no_more_proves_nothing_and_changes_nothing() -> None:
    given = TlsSettings()
    kind = Credential()
    assert (kind.fields(), kind.names(), kind.secrets()) == ([], frozenset(), ())
    assert kind.tls(given) is given


def test_names_and_secrets_follow_from_the_fields() -> None:
    assert Two().names() == {b"authorization", b"x-key"}
    assert set(Two().secrets()) == {b"Scheme a b", b"a b", b"c"}
