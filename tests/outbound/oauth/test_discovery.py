"""How a server lets people in is found where the specifications say, and believed only if it agrees with itself."""

import asyncio

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.oauth.authority import METADATA, PROTECTED, Authority
from trigate.core.errors import CredentialFailed
from trigate.outbound.client import Client
from trigate.outbound.oauth.discovery import Found, covers, discover, metadata_places, resource_places
from trigate.outbound.oauth.reach import Reach
from trigate.outbound.settings import OutboundSettings

OPENID = "/.well-known/openid-configuration"


async def found(authority: Authority, metadata: str = "", issuer: str = "") -> Found:
    client = Client(OutboundSettings(), surroundings_of(asyncio.get_running_loop()))
    return await discover(Reach(client, authority.url), authority.server_url, metadata, issuer)


def test_the_places_are_those_of_the_specification():
    assert metadata_places("https://as.example") == [
        "https://as.example/.well-known/oauth-authorization-server",
        "https://as.example/.well-known/openid-configuration",
    ]
    assert metadata_places("https://as.example/t/") == [
        "https://as.example/.well-known/oauth-authorization-server/t",
        "https://as.example/.well-known/openid-configuration/t",
        "https://as.example/t/.well-known/openid-configuration",
    ]
    assert resource_places("https://s.example/mcp") == [
        "https://s.example/.well-known/oauth-protected-resource/mcp",
        "https://s.example/.well-known/oauth-protected-resource",
    ]


async def test_the_document_of_the_challenge_is_the_only_one_that_counts() -> None:
    async with Authority() as authority:
        authority.documents["/own"] = [(200, authority.resource | {"scopes_supported": ["x"]})]
        assert (await found(authority, f"{authority.url}/own")).resource.scopes_supported == ("x",)
        assert authority.posted(PROTECTED) == []
        with pytest.raises(CredentialFailed, match="is not there"):
            await found(authority, f"{authority.url}/nothing")


async def test_openid_serves_as_well_and_the_root_where_there_is_nothing_below() -> None:
    async with Authority() as authority:
        authority.documents[OPENID] = authority.documents.pop(METADATA)
        authority.documents["/.well-known/oauth-protected-resource"] = authority.documents.pop(PROTECTED)
        assert (await found(authority)).server.issuer == authority.url


async def test_another_server_s_metadata_is_not_believed() -> None:
    async with Authority() as authority:
        for other in ("https://evil.example/mcp", f"{authority.url}/mc", f"{authority.url}/mcp/deeper", ""):
            authority.resource["resource"] = other
            with pytest.raises(CredentialFailed, match="another server"):
                await found(authority)


@pytest.mark.parametrize("change", ["http://127{}/", "http://127{}/x", "HTTP://127{}"])
async def test_an_issuer_is_compared_letter_by_letter(change: str) -> None:
    async with Authority() as authority:
        authority.metadata["issuer"] = change.format(authority.url.removeprefix("http://127"))
        with pytest.raises(CredentialFailed, match="another issuer"):
            await found(authority)


async def test_an_issuer_that_the_file_names_is_the_only_one() -> None:
    async with Authority() as authority:
        authority.resource["authorization_servers"] = ["https://first.example", authority.url]
        assert (await found(authority, issuer=authority.url)).server.issuer == authority.url
        authority.resource["authorization_servers"] = ["https://first.example"]
        with pytest.raises(CredentialFailed, match="any more"):
            await found(authority, issuer=authority.url)


async def test_a_server_of_2025_03_26_is_its_own_authorization_server() -> None:
    async with Authority() as authority:
        del authority.documents[PROTECTED]
        assert (await found(authority)).server.registration_endpoint == f"{authority.url}/register"
        del authority.documents[METADATA]
        legacy = await found(authority)
        assert legacy.server.authorization_endpoint == f"{authority.url}/authorize"
        assert legacy.resource.resource == authority.server_url


async def test_what_is_missing_is_said() -> None:
    async with Authority() as authority:
        authority.metadata["token_endpoint"] = ""
        with pytest.raises(CredentialFailed, match="no token endpoint"):
            await found(authority)
        authority.resource["authorization_servers"] = []
        with pytest.raises(CredentialFailed, match="no authorization server"):
            await found(authority)
        authority.resource["authorization_servers"] = [f"{authority.url}/t"]
        with pytest.raises(CredentialFailed, match="no metadata"):
            await found(authority)


@pytest.mark.parametrize(
    ("resource", "covered"),
    [
        ("https://s.example", True),
        ("https://s.example/", True),
        ("https://s.example/a", True),
        ("https://s.example/a/mcp", True),
        ("https://S.example/a/mcp/", True),
        ("https://s.example/a/mc", False),
        ("https://s.example:444/a/mcp", False),
        ("http://s.example/a/mcp", False),
        ("https://s.example.evil.example/a/mcp", False),
    ],
)
def test_a_resource_covers_what_lies_below_it(resource: str, covered: bool):
    assert covers(resource, "https://s.example/a/mcp") is covered


async def test_an_issuer_of_the_file_is_found_below_its_origin_where_the_server_says_nothing() -> None:
    async with Authority() as authority:
        issuer = f"{authority.url}/realms/x"
        del authority.documents[PROTECTED]
        authority.documents[f"{METADATA}/realms/x"] = [(200, authority.metadata | {"issuer": issuer})]
        one = await found(authority, issuer=issuer)
        assert (one.server.issuer, one.resource.resource) == (issuer, authority.server_url)
        authority.documents[f"{METADATA}/realms/x"] = [(200, authority.metadata)]
        with pytest.raises(CredentialFailed, match="another issuer"):
            await found(authority, issuer=issuer)
