"""What workers have seen is compared in the control process, whatever they send."""

from pathlib import Path

import msgspec
import pytest

from tests.mcp.stage import LocalBus, Spool, surround
from trigate.mcp.pin_host import PinHost
from trigate.mcp.pinning import SERVICE, Report, Told, encode
from trigate.store.keeper import Keeper
from trigate.store.pin import Sighting
from trigate.store.settings import StoreSettings

REPORT = encode(Report("git", "tool", "approved", (Sighting("push", "d", b"{}"),)))


@pytest.mark.parametrize(("opening", "closed"), [(REPORT, False), (REPORT, True), (b"\xff", False)])
async def test_every_report_has_an_answer(tmp_path: Path, opening: bytes, closed: bool):
    bus = LocalBus()
    around = surround(Spool(), bus)
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), around.loop)
    bus.offer(SERVICE, PinHost(keeper).serve)
    if closed:
        keeper.drain()
    stream = await bus.open(SERVICE, opening)
    told = msgspec.msgpack.decode(await stream.receive() or b"", type=Told)
    assert bool(told.problem) is (closed or opening != REPORT)
    assert [each.why for each in told.verdicts] == ([] if told.problem else ["new"])
    if not closed:
        keeper.drain()
