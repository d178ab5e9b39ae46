"""What is asked for, where a browser is sent, and which answers count."""

import pytest
from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed
from trigate.outbound.oauth.challenge import Challenge
from trigate.outbound.oauth.consent import (
    Passage,
    Ticket,
    authorize_url,
    check_issuer,
    check_server,
    digest_cookie,
    expiry,
    has_expired,
    is_same_browser,
    new_secret,
    wanted_scope,
)
from trigate.outbound.oauth.discovery import AuthorizationServer, Found, Resource
from trigate.outbound.oauth.plan import Plan

SERVER = AuthorizationServer(
    "https://as.example",
    "https://as.example/token",
    "https://as.example/authorize?x=1",
    code_challenge_methods_supported=("S256",),
)
PLAN = Plan("it", "https://s.example/mcp", "user")
MORE = Challenge("insufficient_scope", "w")


@pytest.mark.parametrize(
    ("plan", "challenge", "listed", "offered", "asked", "wanted"),
    [
        (PLAN, Challenge(scope="b a"), ("c",), (), (), ("a", "b")),
        (PLAN, Challenge(), ("c",), (), (), ("c",)),
        (PLAN, Challenge(), (), (), (), ()),
        (PLAN, MORE, ("c",), (), ("r",), ("r", "w")),
        (replace(PLAN, scope=("p",)), Challenge(scope="a"), ("c",), (), (), ("p",)),
        (replace(PLAN, scope=("p",)), MORE, (), (), ("p",), ("p", "w")),
        (PLAN, Challenge(scope="a"), (), ("offline_access",), (), ("a", "offline_access")),
        (replace(PLAN, offline=False), Challenge(scope="a"), (), ("offline_access",), (), ("a",)),
    ],
)
def test_scopes_are_those_that_are_needed(
    plan: Plan,
    challenge: Challenge,
    listed: tuple[str, ...],
    offered: tuple[str, ...],
    asked: tuple[str, ...],
    wanted: tuple[str, ...],
):
    found = Found(Resource("x", scopes_supported=listed), replace(SERVER, scopes_supported=offered))
    assert wanted_scope(plan, challenge, found, asked) == wanted


def test_nobody_is_sent_where_a_code_could_be_stolen():
    check_server(SERVER)
    with pytest.raises(CredentialFailed, match="PKCE"):
        check_server(replace(SERVER, code_challenge_methods_supported=("plain",)))
    with pytest.raises(CredentialFailed, match="no page"):
        check_server(replace(SERVER, authorization_endpoint=""))


@pytest.mark.parametrize(
    ("supported", "told", "counts"),
    [
        (True, "https://as.example", True),
        (False, "https://as.example", True),
        (False, None, True),
        (True, None, False),
        (True, "https://as.example/", False),
        (False, "https://evil.example", False),
        (False, "", False),
        (True, "HTTPS://as.example", False),
    ],
)
def test_an_answer_counts_if_it_is_from_the_server_that_was_asked(supported: bool, told: str | None, counts: bool):
    server = replace(SERVER, authorization_response_iss_parameter_supported=supported)
    if counts:
        check_issuer(server, told)
    else:
        with pytest.raises(CredentialFailed, match="not trusted"):
            check_issuer(server, told)


def test_a_browser_is_known_by_its_cookie():
    ticket = Ticket("it", Subject(), ("a",), SERVER.issuer, "", expiry())
    passage = Passage(ticket, "c", "https://s.example/mcp", new_secret(), digest_cookie("x"), expiry(), "n")
    assert is_same_browser(passage, "x")
    assert not is_same_browser(passage, "y")
    assert not is_same_browser(passage, "")
    url = authorize_url(SERVER, passage, "st", "https://g.example/cb")
    assert url.startswith("https://as.example/authorize?x=1&response_type=code&")
    assert passage.verifier not in url
    assert passage.verifier not in repr(passage)


def test_what_begins_now_ends_after_some_minutes(monkeypatch: pytest.MonkeyPatch):
    end = expiry()
    assert not has_expired(end)
    then = clock.wall_ns() + 601 * 10**9
    monkeypatch.setattr(clock, "wall_ns", lambda: then)
    assert has_expired(end)
