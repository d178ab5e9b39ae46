"""API keys."""

from collections.abc import Awaitable

import pytest

from tests.policy.circumstances import given
from trigate.core.errors import Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.query import without
from trigate.core.request import Peer, Request
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.policy.authenticator import Circumstances
from trigate.policy.authenticators.api_key import ApiKey
from trigate.policy.directory import Directory
from trigate.policy.settings import Key

SECRET = "0123456789abcdef-dev"
KEYS = {
    "dev": Key(secret=Secret(SECRET), lanes=("llm",), team="support", user="ada"),
    "other": Key(secret=Secret("0123456789abcdef-other")),
}
identify = ApiKey().open(given(KEYS))


def exchange(**fields: str) -> Exchange:
    given = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    request = Request(b"GET", b"/", b"/", b"", b"h", list(given.items()), given)
    return Exchange("1", request, Peer("127.0.0.1"), Signal(None), 0.0)  # type: ignore[arg-type] - nobody waits here


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("authorization", f"Bearer {SECRET}"),
        ("authorization", f"bearer  {SECRET} "),
        ("x_api_key", SECRET),
        ("api_key", SECRET),
        ("x_goog_api_key", SECRET),
    ],
)
def test_a_key_is_accepted_wherever_an_sdk_puts_it(field: str, value: str) -> None:
    shown = exchange(**{field: value})
    principal = identify(shown)
    assert isinstance(principal, Principal)
    assert (principal.key, principal.team, principal.user, principal.lanes) == ("dev", "support", "ada", {"llm"})
    assert shown.credentials == {field.replace("_", "-").encode()}


@pytest.mark.parametrize("secret", [SECRET[:-1], SECRET + "x", "x" + SECRET[1:], "unknown", SECRET.upper()])
def test_a_key_that_differs_anywhere_is_refused(secret: str) -> None:
    shown = exchange(authorization=f"Bearer {secret}")
    with pytest.raises(Unauthenticated) as refused:
        identify(shown)
    assert secret not in refused.value.message
    assert not shown.credentials


@pytest.mark.parametrize(
    ("secret", "final"), [("tg_unknown", True), ("0123456789abcdef-old", True), ("somebody-elses-token", False)]
)
def test_a_key_of_the_gateway_s_own_that_is_not_good_is_nobody_else_s_either(secret: str, final: bool) -> None:
    old = Key(secret=Secret("0123456789abcdef-old"), expires="2020-01-01T00:00:00Z")
    with pytest.raises(Unauthenticated) as refused:
        ApiKey().open(given({"old": old}))(exchange(x_api_key=secret))
    assert refused.value.final is final


@pytest.mark.parametrize(
    "fields", [{}, {"authorization": "Basic Zm9v"}, {"authorization": "Bearer "}, {"x_api_key": ""}]
)
def test_what_is_no_key_is_left_to_the_next_authenticator(fields: dict[str, str]) -> None:
    assert identify(exchange(**fields)) is None


def test_two_different_keys_are_refused_rather_than_chosen_between() -> None:
    with pytest.raises(Unauthenticated, match="two different keys"):
        identify(exchange(authorization=f"Bearer {SECRET}", x_api_key="0123456789abcdef-other"))


def test_the_same_key_twice_is_one_key() -> None:
    shown = exchange(authorization=f"Bearer {SECRET}", x_api_key=SECRET)
    assert identify(shown) is not None
    assert shown.credentials == {b"authorization", b"x-api-key"}


def asked(query: bytes, **fields: str) -> Exchange:
    shown = exchange(**fields)
    shown.request.query = query
    return shown


def test_a_key_in_the_query_counts_only_if_that_is_allowed() -> None:
    in_query = ApiKey(query="key").open(given(KEYS))
    shown = asked(b"a=1&key=" + SECRET.encode())
    assert identify(shown) is None
    principal = in_query(shown)
    assert isinstance(principal, Principal)
    assert principal.key == "dev"
    assert without(shown.request.query, shown.credentials) == b"a=1"


@pytest.mark.parametrize("fields", [{"authorization": f"Bearer {SECRET}"}, {"x_api_key": SECRET}])
def test_a_key_in_the_query_must_be_the_one_in_the_fields(fields: dict[str, str]) -> None:
    in_query = ApiKey(query="key").open(given(KEYS))
    assert isinstance(in_query(asked(b"key=" + SECRET.encode(), **fields)), Principal)
    with pytest.raises(Unauthenticated, match="two different keys"):
        in_query(asked(b"key=0123456789abcdef-other", **fields))
    with pytest.raises(Unauthenticated, match="two different keys"):
        in_query(asked(b"key=0123456789abcdef-other&key=" + SECRET.encode()))


async def test_a_key_that_only_the_store_may_know_is_waited_for() -> None:
    directory = SlowDirectory({})
    shown = exchange(x_api_key=SECRET)
    later = ApiKey().open(Circumstances(directory, None, None))(shown)  # type: ignore[arg-type] - nobody is asked
    assert later is not None
    assert not isinstance(later, Principal)
    found = await later
    assert found is not None
    assert found.key == "stored"
    assert shown.credentials == {b"x-api-key"}


async def test_a_key_that_the_store_does_not_know_either_is_refused() -> None:
    later = ApiKey().open(Circumstances(SlowDirectory({}), None, None))(exchange(x_api_key="unknown"))  # type: ignore[arg-type]
    assert later is not None
    assert not isinstance(later, Principal)
    with pytest.raises(Unauthenticated) as refused:
        await later
    assert refused.value.headers[0][0] == b"www-authenticate"


class SlowDirectory(Directory):
    """Knows one key, after a while."""

    def find(self, secret: bytes) -> Awaitable[Principal | None]:
        return self._slowly(secret)

    async def _slowly(self, secret: bytes) -> Principal | None:
        return Principal("stored", frozenset()) if secret == SECRET.encode() else None
