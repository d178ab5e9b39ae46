"""What waits is kept, sealed, and forgotten in time."""

from pathlib import Path

import pytest

from tests.policy.consent.scene import KEY, office
from trigate.core.clock import clock
from trigate.core.errors import ApprovalPending
from trigate.core.settings import Duration
from trigate.policy.consent.host import WHAT
from trigate.policy.consent.petition import SERVICE, Told, read_told
from trigate.store.approval import Approval
from trigate.store.seal import unseal


class Heard:
    """In place of a messenger."""

    def __init__(self) -> None:
        self.told: list[tuple[Approval, bytes]] = []

    def tell(self, approval: Approval, arguments: bytes) -> None:
        self.told.append((approval, arguments))


async def test_arguments_are_sealed_at_rest_and_told_once(tmp_path: Path) -> None:
    heard = Heard()
    async with office(tmp_path, messenger=heard) as here:
        with pytest.raises(ApprovalPending):
            await here.hold(here.call(), {"text": "canary"})
        with pytest.raises(ApprovalPending) as pending:
            await here.hold(here.call(), {"text": "canary"})
        row = await here.read(pending.value.approval)
        assert b"canary" not in row.sealed
        assert unseal(KEY, row.sealed, WHAT, row.id) == b'{"text":"canary"}'
        assert [(each.id, text) for each, text in heard.told] == [(row.id, b'{"text":"canary"}')]


async def test_what_nobody_decides_in_time_is_asked_for_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path, pending=Duration(60)) as here:
        with pytest.raises(ApprovalPending) as first:
            await here.hold(here.call())
        later = clock.wall_ns() + 61 * 10**9
        monkeypatch.setattr(clock, "wall_ns", lambda: later)
        assert [each["id"] for each in await here.waiting("expired")] == [first.value.approval]
        with pytest.raises(ApprovalPending) as second:
            await here.hold(here.call())
        assert second.value.approval != first.value.approval


async def test_a_grant_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as here:
        with pytest.raises(ApprovalPending) as first:
            await here.hold(here.call())
        await here.decide(first.value.approval, "granted", lasts=60)
        later = clock.wall_ns() + 61 * 10**9
        monkeypatch.setattr(clock, "wall_ns", lambda: later)
        with pytest.raises(ApprovalPending):
            await here.hold(here.call())


async def test_an_order_that_is_none_is_told_so(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        stream = await here.bus.open(SERVICE, b"nonsense")
        assert read_told(await stream.receive() or b"") == Told("unavailable", problem="the order cannot be read")
