"""Signatures for AWS."""

import asyncio

from tests.outbound.chaos import surroundings_of
from tests.outbound.issuer import make_client
from trigate.core.settings import Secret, Size
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.sigv4 import SigV4


async def test_every_field_that_is_sent_is_the_gateways_own() -> None:
    kind = SigV4(
        access_key_id="A",
        secret_access_key=Secret("s"),
        session_token=Secret("t"),
        region="r",
        service="bedrock",
        max_body=Size(7),
    )
    client = make_client()
    signer = kind.open(client, client.endpoint("http://127.0.0.1:1"), surroundings_of(asyncio.get_running_loop()))
    lines = signer.lines(Outgoing(b"GET", b"/", b"h", b"")).splitlines()
    assert {line.partition(b":")[0] for line in lines} == kind.names()
    assert signer.body_limit == 7
