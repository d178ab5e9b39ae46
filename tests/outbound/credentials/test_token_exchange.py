"""A caller's token is exchanged for one that the server accepts."""

import asyncio

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.issuer import make_client
from tests.outbound.oauth.authority import Authority, token
from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed
from trigate.core.principal import Principal
from trigate.core.settings import Secret
from trigate.outbound.credential import Outgoing, Proof
from trigate.outbound.credentials.token_exchange import TokenExchange
from trigate.outbound.exchange import GRANT, type_of
from trigate.outbound.personal import Person, Personal


def person(shown: str) -> Person:
    made = Person(Subject(user="ada"))
    made.token = shown
    return made


def proof(kind: Personal, shown: str) -> Proof:
    around = surroundings_of(asyncio.get_running_loop())
    return kind.prove("it", person(shown), make_client(), around)


async def lines(tokens: Proof) -> bytes:
    found = tokens.lines(Outgoing(b"POST", b"/mcp", b"h", b""))
    return found if isinstance(found, bytes) else await found


async def test_the_token_endpoint_is_shown_the_caller_s_token_and_the_server_the_other_one() -> None:
    async with Authority() as authority:
        authority.tokens(token("x1", issued_token_type=type_of("access_token")))
        url = f"{authority.url}/token"
        kind = TokenExchange(token_url=url, client_id="me", client_secret=Secret("s"), audience="it", scope=("a", "b"))
        assert await lines(proof(kind, "t1")) == b"authorization: Bearer x1\r\n"
        (asked,) = authority.posted("/token")
        assert asked.form == {
            "grant_type": GRANT,
            "audience": "it",
            "scope": "a b",
            "requested_token_type": type_of("access_token"),
            "subject_token": "t1",
            "subject_token_type": type_of("access_token"),
        }
        assert asked.fields["authorization"].startswith("Basic ")


async def test_an_api_key_is_never_exchanged() -> None:
    async with Authority() as authority:
        kind = TokenExchange(token_url=f"{authority.url}/token", resource="https://s.example/mcp")
        with pytest.raises(CredentialFailed, match="API key"):
            await lines(proof(kind, ""))
        assert authority.asked == []


def test_each_token_is_a_caller_of_its_own_and_keeps_no_connection():
    kind = TokenExchange(token_url="https://as.example/token", audience="it")
    assert kind.is_of_token()
    assert kind.subject(Principal("k", frozenset(), user="ada")) == Subject(user="ada")
    assert kind.plan("it", "https://s.example", "") is None


def test_for_whom_it_is_must_be_said():
    with pytest.raises(ValueError, match="audience"):
        TokenExchange(token_url="https://as.example/token")
