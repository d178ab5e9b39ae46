"""Tokens of IBM Cloud."""

import asyncio

from tests.outbound.chaos import surroundings_of
from tests.outbound.issuer import Issuer, make_client
from trigate.core.settings import Secret
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.ibm_iam import IbmIam

REQUEST = Outgoing(b"GET", b"/", b"h", b"")


async def test_the_key_is_exchanged_for_a_token_and_the_token_for_another_when_it_is_rejected() -> None:
    answers = [(200, {"access_token": name, "expires_in": 3600, "expiration": 4102444800}) for name in ("t1", "t2")]
    async with Issuer(*answers) as issuer:
        client = make_client()
        kind = IbmIam(api_key=Secret("key-1"), token_url=f"{issuer.url}/identity/token")
        tokens = kind.open(client, client.endpoint("http://127.0.0.1:1"), surroundings_of(asyncio.get_running_loop()))
        waiting = tokens.lines(REQUEST)
        first = waiting if isinstance(waiting, bytes) else await waiting
        assert first == b"authorization: Bearer t1\r\n"
        assert issuer.asked == [{"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "key-1"}]
        assert tokens.rejected(first)
        waiting = tokens.lines(REQUEST)
        assert (waiting if isinstance(waiting, bytes) else await waiting) == b"authorization: Bearer t2\r\n"
        assert kind.names() == {b"authorization"}
