"""The gateway becomes a client in the order of the specification, and shows what proves it to nobody else."""

import asyncio

import msgspec
import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.local_bus import DictSafe
from tests.outbound.oauth.authority import Authority
from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed
from trigate.outbound.client import Client
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.discovery import AuthorizationServer
from trigate.outbound.oauth.plan import Plan
from trigate.outbound.oauth.reach import Reach
from trigate.outbound.oauth.registration import describe, identify
from trigate.outbound.settings import OutboundSettings

CALLBACK = "https://gateway.example/connect/callback"
DOCUMENT = "https://gateway.example/connect/client.json"
OWN = ClientIdentity("mine", "canary", "client_secret_basic")


async def who(authority: Authority, plan: Plan, safe: DictSafe | None = None) -> ClientIdentity:
    client = Client(OutboundSettings(), surroundings_of(asyncio.get_running_loop()))
    server = msgspec.convert(authority.metadata, AuthorizationServer)
    return await identify(plan, server, Reach(client, authority.url), safe or DictSafe())


def plan(authority: Authority, **more: object) -> Plan:
    return Plan("it", authority.server_url, "user", callback=CALLBACK, **more)  # type: ignore[arg-type]


async def test_who_was_registered_by_hand_is_known_at_one_place_only() -> None:
    async with Authority() as authority:
        authority.metadata["client_id_metadata_document_supported"] = True
        assert await who(authority, plan(authority, client=OWN, issuer=authority.url, document=DOCUMENT)) is OWN
        with pytest.raises(CredentialFailed, match="registered at"):
            await who(authority, plan(authority, client=OWN, issuer="https://other.example"))


async def test_a_document_comes_before_a_registration_where_it_is_understood() -> None:
    async with Authority() as authority:
        authority.metadata["client_id_metadata_document_supported"] = True
        assert (await who(authority, plan(authority, document=DOCUMENT))).id == DOCUMENT
        assert (await who(authority, plan(authority))).id == "c1"
        authority.metadata["client_id_metadata_document_supported"] = False
        assert (await who(authority, plan(authority, document=DOCUMENT))).id == "c1"


async def test_a_registration_is_made_once_and_kept_sealed() -> None:
    async with Authority() as authority:
        safe = DictSafe()
        first = await who(authority, plan(authority), safe)
        assert first == await who(authority, plan(authority), safe)
        assert (first.secret, first.method) == ("canary-of-client", "client_secret_basic")
        (asked,) = authority.posted("/register")
        assert msgspec.json.decode(asked.body) == describe("Trigate", CALLBACK, "client_secret_basic")
        assert safe.purposes == {"client registration"}


async def test_a_registration_that_has_run_out_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Authority() as authority:
        authority.documents["/register"] = [
            (201, {"client_id": "c1", "client_secret": "x", "client_secret_expires_at": 2**40}),
            (201, {"client_id": "c2", "token_endpoint_auth_method": "none"}),
        ]
        safe = DictSafe()
        assert (await who(authority, plan(authority), safe)).id == "c1"
        monkeypatch.setattr(clock, "wall_ns", lambda: 2**40 * 10**9)
        assert (await who(authority, plan(authority), safe)).id == "c2"


@pytest.mark.parametrize("answer", [(400, {"error": "x"}), (201, {}), (201, b"x")])
async def test_what_did_not_come_of_it_is_said(answer: tuple[int, object]) -> None:
    async with Authority() as authority:
        authority.documents["/register"] = [answer]
        with pytest.raises(CredentialFailed, match="did not register"):
            await who(authority, plan(authority))
        authority.metadata["registration_endpoint"] = ""
        with pytest.raises(CredentialFailed, match="client_id"):
            await who(authority, plan(authority))


def test_a_gateway_on_this_machine_is_a_native_application():
    assert describe("x", "http://127.0.0.1:8080/connect/callback", "none")["application_type"] == "native"
    assert describe("x", CALLBACK, "none")["application_type"] == "web"
