"""A worker's side: tokens are held for a short time, and what the server says decides what is asked for."""

import asyncio

import pytest
from msgspec import structs

from tests.outbound.chaos import surroundings_of
from tests.outbound.oauth.authority import ADA, PROTECTED, Authority, Scene
from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.core.parts import Head
from trigate.outbound.connection_needed import ConnectionNeeded
from trigate.outbound.credential import Outgoing
from trigate.outbound.oauth.connected import Connected

REQUEST = Outgoing(b"POST", b"/mcp", b"h", b"")
WANTS = Head(401, [(b"www-authenticate", b'Bearer error="invalid_token"')])
MORE = Head(403, [(b"www-authenticate", b'Bearer error="insufficient_scope", scope="w"')])


def connected(scene: Scene) -> Connected:
    assert scene.bus is not None
    around = surroundings_of(asyncio.get_running_loop())
    return Connected("it", ADA, structs.replace(around, bus=scene.bus))


async def lines(proof: Connected) -> bytes:
    found = proof.lines(REQUEST)
    if isinstance(found, bytes):
        return found
    async with asyncio.timeout(PATIENCE):
        return await found


async def test_a_request_goes_without_until_somebody_has_agreed_and_with_from_then_on() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        proof = connected(scene)
        assert await lines(proof) == b""
        with pytest.raises(ConnectionNeeded) as caught:
            await proof.challenged(b"", WANTS)
        assert caught.value.link in caught.value.message
        assert "user ada" in caught.value.message
        await scene.connect()
        assert await lines(proof) == b"authorization: Bearer a1\r\n"
        assert proof.secrets() == (b"a1",)


async def test_fifty_calls_over_one_token_that_was_turned_away_renew_it_once() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        workers = [connected(scene) for _ in range(5)]
        before = [await lines(each) for each in workers]
        assert set(before) == {b"authorization: Bearer a1\r\n"}
        told = await asyncio.gather(*(each.challenged(before[0], WANTS) for each in workers for _ in range(10)))
        assert all(told)
        assert {await lines(each) for each in workers} == {b"authorization: Bearer a2\r\n"}
        assert len(authority.posted("/token")) == 2


async def test_what_is_forbidden_for_other_reasons_is_nobody_s_business_here() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        proof = connected(scene)
        asked = len(authority.asked)
        assert not await proof.challenged(await lines(proof), Head(403, []))
        assert not proof.rejected(b"")
        assert len(authority.asked) == asked


async def test_more_is_asked_for_by_a_link() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect(scope="r")
        proof = connected(scene)
        with pytest.raises(ConnectionNeeded):
            await proof.challenged(await lines(proof), MORE)


async def test_a_connection_that_has_ended_is_used_for_a_minute_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        proof = connected(scene)
        assert await lines(proof)
        scene.safe.rows.clear()
        assert await lines(proof) == b"authorization: Bearer a1\r\n"
        then = clock.monotonic() + 61
        monkeypatch.setattr(clock, "monotonic", lambda: then)
        proof.lines(REQUEST)
        async with asyncio.timeout(PATIENCE):
            while await lines(proof):
                await asyncio.sleep(0)
        proof.forget()
        assert await lines(proof) == b""


async def test_why_there_is_no_way_in_is_said() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        authority.documents[PROTECTED] = [(503, {})]
        with pytest.raises(UpstreamFailed, match="503"):
            await connected(scene).challenged(b"", WANTS)
        authority.resource["resource"] = "https://evil.example"
        authority.documents[PROTECTED] = [(200, authority.resource)]
        with pytest.raises(CredentialFailed, match="another server"):
            await connected(scene).challenged(b"", WANTS)
