"""Tokens of the gateway's own authorization server, at the worker."""

from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.issuer import SigningKey
from tests.policy.rows import key, snapshot
from trigate.core.clock import clock
from trigate.core.errors import Forbidden, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.policy.bulletin import Whole
from trigate.policy.credential import Credential
from trigate.policy.directory import Directory
from trigate.policy.own_token import OwnTokens
from trigate.policy.roster import Roster
from trigate.store.directory import Team, User
from trigate.store.login import Signer

URL = "https://gateway.example"
KEY, OTHER, STRANGER = SigningKey("one"), SigningKey("two"), SigningKey("one")
ADA = User(name="ada", organisation="", teams=("ops",), roles=("batch", "admin"))


def signer(each: SigningKey) -> Signer:
    return Signer(id=each.id, public=msgspec.json.encode(each.jwk).decode(), created=1, until=2**62)


class Known:
    """A directory of the store as it stands."""

    def __init__(self, **rows: Any) -> None:
        self.directory = Directory({})
        self.revision = 0
        self.tell(**rows)
        self.tokens = OwnTokens(URL, self.directory)

    def tell(self, **rows: Any) -> None:
        """Something has changed."""
        self.revision += 1
        given = {"signers": (signer(KEY),), "users": (ADA,), "teams": (Team(name="ops"),), **rows}
        roster: Roster = self.directory.roster
        roster.take(Whole(snapshot(self.revision, *given.pop("keys", ()), **given)))
        self.directory.changed()

    def identify(self, token: str, route: str = "mcp", lane: str = "mcp") -> Principal:
        found = self.tokens.identify(asked(token, route, lane))
        assert isinstance(found, Principal)
        return found


def asked(token: str, route: str = "mcp", lane: str = "mcp") -> Exchange:
    made = exchange(authorization=f"Bearer {token}") if token else exchange()
    made.lane, made.route = lane, route
    return made


def token(by: SigningKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    good = {
        "iss": URL, "aud": f"{URL}/mcp", "sub": "ada", "user": "ada", "client_id": "client-1", "login": "l1",
        "scope": "mcp:tools", "known": True,
    }  # fmt: skip
    return by.token({"typ": "at+jwt", **(header or {})}, **{**good, **claims})


def test_a_token_names_its_user_and_client_with_what_the_store_says_of_them():
    known = Known()
    found = known.identify(token())
    assert (found.key, found.user, found.agent, found.team) == ("login:ada", "ada", "client-1", "ops")
    assert (found.lanes, found.roles) == ({"mcp"}, {"batch"})
    assert (found.restriction.scopes, found.restriction.servers) == (("mcp:tools",), ("*",))


def test_it_is_known_again_as_the_same_object():
    known, raw = Known(), token()
    made = asked(raw)
    found = known.tokens.identify(made)
    assert known.tokens.identify(asked(raw)) is found
    assert made.credentials == {b"authorization"}


def test_a_client_in_its_own_name_is_an_agent():
    found = Known().identify(token(sub="batch", user=None, known=None, client_id="batch", servers=["git"]))
    assert (found.key, found.user, found.agent, found.restriction.servers) == ("login:batch", "", "batch", ("git",))


@pytest.mark.parametrize(
    "raw", ["", "opaque", "a.b.c.d", SigningKey("x").token(), KEY.token(iss="https://gateway.example/")]
)
def test_what_is_not_its_own_is_left_to_others(raw: str):
    assert Known().tokens.identify(asked(raw)) is None


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "mcp/a", "mcp"),
    ({}, "v1", "llm"),
    ({}, "orders", "api"),
    ({"aud": f"{URL}/mcp/a"}, "mcp", "mcp"),
    ({"aud": URL}, "mcp", "mcp"),
    ({"aud": None}, "mcp", "mcp"),
    ({"exp": 1}, "mcp", "mcp"),
    ({"exp": None}, "mcp", "mcp"),
    ({"by": STRANGER}, "mcp", "mcp"),
    ({"by": OTHER}, "mcp", "mcp"),
    ({"header": {"kid": ""}}, "mcp", "mcp"),
    ({"user": "eve"}, "mcp", "mcp"),
    ({"login": "ended"}, "mcp", "mcp"),
    ({"key": "gone"}, "mcp", "mcp"),
]


@pytest.mark.parametrize(("wrong", "route", "lane"), REFUSED, ids=lambda each: str(each)[:40])
def test_it_is_good_at_one_endpoint_for_as_long_as_its_login_stands(wrong: dict[str, Any], route: str, lane: str):
    known = Known(ended=("ended",))
    with pytest.raises(Unauthenticated) as refused:
        known.tokens.identify(asked(token(**wrong), route, lane))
    assert refused.value.final


def test_a_token_of_another_endpoint_is_refused_although_it_was_good_at_its_own():
    known, raw = Known(), token()
    known.identify(raw)
    with pytest.raises(Unauthenticated):
        known.identify(raw, "mcp/a")


def test_what_it_has_begun_ends_with_its_login_and_nothing_else_does():
    known = Known()
    first, second = known.identify(token()), known.identify(token(login="l2"))
    assert known.directory.stands(first)
    known.tell(ended=("l1",))
    assert not known.directory.stands(first)
    assert known.directory.stands(second)
    with pytest.raises(Unauthenticated):
        known.identify(token())


def test_a_login_by_key_is_good_while_the_key_is():
    known = Known(keys=(key("hers", user="ada"),))
    raw = token(key="hers")
    found = known.identify(raw)
    known.tell()
    assert not known.directory.stands(found)
    with pytest.raises(Unauthenticated):
        known.identify(raw)


def test_a_login_by_key_is_the_key_to_whatever_is_said_and_counted_of_it():
    row = key("hers", user="ada", team="ops", roles=("night",), servers=("git",), addresses=("198.51.100.0/24",))
    known, raw = Known(keys=(row,)), token(key="hers", servers=["git", "wiki"])
    found = known.identify(raw)
    assert (found.key, found.key_id, found.user, found.team) == ("hers", "hers", "ada", "ops")
    assert (found.agent, found.roles, found.lanes) == ("client-1", {"night"}, {"mcp"})
    assert (found.restriction.servers, found.restriction.scopes) == (("git",), ("mcp:tools",))
    assert isinstance(found.standing, Credential)
    found.standing.check_address("198.51.100.7")
    with pytest.raises(Forbidden):
        found.standing.check_address("203.0.113.7")
    known.tell(keys=(key("hers", user="ada", team="ops", lanes=("llm",)),))
    assert known.identify(raw).lanes == frozenset()


def test_a_key_that_has_another_owner_by_now_lets_nobody_in():
    known = Known(keys=(key("hers", user="bob"),))
    with pytest.raises(Unauthenticated):
        known.identify(token(key="hers"))


def test_a_token_signed_by_the_next_key_is_good_as_soon_as_that_is_known():
    known = Known(signers=(signer(OTHER), signer(KEY)))
    assert known.identify(token(OTHER)).user == "ada"
    assert known.identify(token()).user == "ada"


def test_a_token_ends_by_itself(monkeypatch: pytest.MonkeyPatch):
    known, raw = Known(), token()
    found = known.identify(raw)
    later = clock.wall_ns() + 400 * 10**9
    monkeypatch.setattr(clock, "wall_ns", lambda: later)
    assert not known.directory.stands(found)
    with pytest.raises(Unauthenticated):
        known.identify(raw)


async def test_while_the_store_is_not_known_yet_it_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    known = Known()
    monkeypatch.setattr(Directory, "known", False)
    found = known.tokens.identify(asked(token()))
    assert isinstance(found, Awaitable)
    principal = await found
    assert principal is not None
    assert principal.user == "ada"
