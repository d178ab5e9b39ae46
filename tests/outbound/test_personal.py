"""Credentials that depend on who is calling."""

import asyncio

from msgspec.structs import replace

from tests.outbound.chaos import surroundings_of
from tests.outbound.issuer import make_client
from trigate.core.connection import Subject
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal, Standing
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.outbound.credential import AUTHORIZATION
from trigate.outbound.credentials.oauth import Oauth
from trigate.outbound.oauth.connected import Connected
from trigate.outbound.personal import Bound, Person

CLAIMS = {"sub": "ada"}


def exchange(value: bytes, credentials: frozenset[bytes], claims: dict[str, str] = CLAIMS) -> Exchange:
    principal = Principal("k", frozenset(), user="ada", claims=claims)
    headers = [(b"authorization", value)]
    request = Request(b"POST", b"/mcp", b"/mcp", b"", b"localhost", headers, dict(headers))
    signal = Signal(asyncio.get_running_loop())
    return Exchange("1", request, Peer("127.0.0.1"), signal, 0.0, principal=principal, credentials=credentials)


async def test_a_person_is_remembered_by_the_token_that_was_accepted_and_no_other() -> None:
    person = Person(Subject(user="ada"))
    person.met(exchange(b"Bearer tg_key", AUTHORIZATION, {}))
    assert person.token == ""  # an API key is the gateway's own
    person.met(exchange(b"Bearer t1", AUTHORIZATION))
    assert person.token == "t1"
    person.met(exchange(b"Bearer t2", frozenset()))
    person.met(exchange(b"Basic t3", AUTHORIZATION))
    assert person.token == "t1"


async def test_a_token_that_the_gateway_itself_gave_out_is_exchanged_nowhere() -> None:
    person, asked = Person(Subject(user="ada")), exchange(b"Bearer t1", AUTHORIZATION)
    assert asked.principal is not None
    asked.principal = replace(asked.principal, standing=Standing(is_own=True))
    person.met(asked)
    assert person.token == ""


async def test_what_is_bound_proves_one_person() -> None:
    around, client = surroundings_of(asyncio.get_running_loop()), make_client()
    bound = Bound(kind=Oauth(), place="it", person=Person(Subject(user="ada")))
    assert bound.names() == AUTHORIZATION
    proof = bound.open(client, client.endpoint("http://127.0.0.1:1"), around)
    assert isinstance(proof, Connected)
    assert not Oauth().is_shared()
    assert Oauth(per="gateway").is_shared()
