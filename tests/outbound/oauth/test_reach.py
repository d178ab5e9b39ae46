"""Nothing is fetched from where the gateway must not go."""

import asyncio

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.oauth.authority import METADATA, Authority
from trigate.core.errors import CredentialFailed, EgressDenied, UpstreamFailed
from trigate.outbound.client import Client
from trigate.outbound.oauth.discovery import AuthorizationServer
from trigate.outbound.oauth.reach import Reach, origin_of
from trigate.outbound.settings import EgressSettings, OutboundSettings


def reach(*own: str, **egress: tuple[str, ...]) -> Reach:
    outbound = OutboundSettings(egress=EgressSettings(**egress))
    return Reach(Client(outbound, surroundings_of(asyncio.get_running_loop())), *own)


async def test_what_the_file_names_may_lie_inside_and_nothing_else_may() -> None:
    async with Authority() as authority:
        found = await reach(authority.server_url).fetch(authority.url + METADATA, AuthorizationServer)
        assert found is not None
        assert found.issuer == authority.url
        with pytest.raises(EgressDenied):
            await reach().fetch(authority.url + METADATA, AuthorizationServer)
        allowed = reach(allow=("127.0.0.0/8",))
        assert await allowed.fetch(authority.url + METADATA, AuthorizationServer) == found


@pytest.mark.parametrize(
    "url",
    [
        "http://as.example/x",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
        "https://u:p@as.example/x",
        "https://as.example/x#y",
        "ftp://as.example/x",
        "javascript:alert(1)",
        "https:///x",
        "https://as.example/a b",
        "https://as.example/" + "a" * 3000,
        "https://[::1/x",
        "",
    ],
)
async def test_addresses_that_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises((EgressDenied, CredentialFailed)):
        await reach().fetch(url, AuthorizationServer)


async def test_names_of_the_inside_are_allowed_by_name() -> None:
    named = reach(names=("localhost",), allow=("127.0.0.0/8",))
    async with Authority() as authority:
        url = authority.url.replace("127.0.0.1", "localhost")
        assert await named.fetch(url + METADATA, AuthorizationServer) is not None


async def test_what_is_not_there_is_none_and_what_is_down_is_told() -> None:
    async with Authority() as authority:
        near = reach(authority.url)
        assert await near.fetch(f"{authority.url}/nothing", AuthorizationServer) is None
        authority.documents["/odd"] = [(200, b"<html>")]
        assert await near.fetch(f"{authority.url}/odd?x=1", AuthorizationServer) is None
        assert authority.asked[-1].target == "/odd?x=1"
        authority.documents["/down"] = [(503, {})]
        with pytest.raises(UpstreamFailed, match="503"):
            await near.fetch(f"{authority.url}/down", AuthorizationServer)


async def test_a_redirect_is_not_followed() -> None:
    async with Authority() as authority:
        authority.documents["/moved"] = [(302, {})]
        assert await reach(authority.url).fetch(f"{authority.url}/moved", AuthorizationServer) is None


def test_an_origin_is_spelled_in_one_way():
    assert origin_of("HTTPS://A.example:8443/x?y") == "https://a.example:8443"
