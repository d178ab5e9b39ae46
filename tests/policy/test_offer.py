"""Names of tools: told when they change, kept within bounds, and only those that a scope can hold."""

import asyncio

import pytest

from tests.mcp.stage import LocalBus
from trigate.core.clock import clock
from trigate.policy import offer
from trigate.policy.offer import SERVICE, Offer, Offers, encode, scope_of, teller


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_changes_is_told_and_what_does_not_after_a_while(monkeypatch: pytest.MonkeyPatch):
    bus, kept, seen = LocalBus(), Offers(), list[bytes]()

    async def serve(stream: offer.BusStream, opening: bytes) -> None:
        seen.append(opening)
        await kept.serve(stream, opening)

    bus.offer(SERVICE, serve)
    now = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    tell = teller(bus, "git")
    for names in (["push", "a b", "x" * 300], ["push"], ["push", "pull"]):
        tell(names)
        await settled()
    assert len(seen) == 2
    assert kept.tools("git") == ("push", "pull")
    now += offer.AGAIN_SECONDS
    tell(["push", "pull"])
    await settled()
    assert len(seen) == 3
    assert kept.tools("other") == ()


async def test_nobody_need_be_there_to_hear():
    teller(LocalBus(), "git")(["push"])
    await settled()


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(offer, "MOST_SERVERS", 1)
    monkeypatch.setattr(offer, "MOST_TOOLS", 2)
    kept, bus = Offers(), LocalBus()
    bus.offer(SERVICE, kept.serve)
    for opening in (b"\xff", encode(Offer("a", ("1", "2", "3"))), encode(Offer("b", ("1",)))):
        stream = await bus.open(SERVICE, opening)
        assert await stream.receive() is None
    assert (kept.tools("a"), kept.tools("b")) == (("1", "2"), ())


@pytest.mark.parametrize(("tool", "scope"), [("push", "mcp:tools:git/push"), ("a b", ""), ("", ""), ('"', "")])
def test_a_tool_has_a_scope_if_that_can_be_written(tool: str, scope: str):
    assert scope_of("git", tool) == scope
