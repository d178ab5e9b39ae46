"""What is exchanged is the caller's token, and nothing else is."""

import asyncio

import pytest

from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed
from trigate.outbound.credential import Outgoing
from trigate.outbound.exchange import client_of, exchanged, subject_of, type_of
from trigate.outbound.oauth.token_request import Answer
from trigate.outbound.personal import Person


def test_a_caller_without_a_token_has_nothing_to_exchange():
    person = Person(Subject(user="ada"))
    with pytest.raises(CredentialFailed, match="API key"):
        subject_of(person, "jwt")
    person.token = "t1"
    assert subject_of(person, "jwt") == {"subject_token": "t1", "subject_token_type": type_of("jwt")}


def test_the_gateway_proves_itself_as_far_as_it_has_something_to_prove():
    assert client_of("", "").method == "none"
    assert client_of("a", "s").method == "client_secret_basic"
    assert client_of("a", "s", posts=True).method == "client_secret_post"


async def test_a_token_is_used_until_it_runs_out() -> None:
    got = 0

    async def get() -> Answer:
        nonlocal got
        got += 1
        return Answer(f"x{got}", expires_in=3600)

    tokens = exchanged("it", get)
    found = tokens.lines(Outgoing(b"POST", b"/", b"h", b""))
    assert not isinstance(found, bytes)
    assert await found == b"authorization: Bearer x1\r\n"
    await asyncio.sleep(0)
    assert tokens.lines(Outgoing(b"POST", b"/", b"h", b"")) == b"authorization: Bearer x1\r\n"
