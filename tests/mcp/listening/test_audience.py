"""What one worker hears of a list counts in the others."""

import asyncio
from typing import Any

from tests.mcp.listening.workers import joined
from tests.mcp.stage import Spool, surround
from trigate.mcp.listening.audience import Audience
from trigate.mcp.settings import SessionSettings


class Upstream:
    def __init__(self) -> None:
        self.voided: list[str] = []

    def void(self, plural: str) -> None:
        self.voided.append(plural)


async def test_a_list_that_changed_is_given_out_by_no_worker():
    def may(*_: object) -> bool:
        return True

    found: list[tuple[Audience, dict[str, Any]]] = []
    for bus in joined("1", "2"):
        around = surround(Spool(), bus)
        audience, upstreams = Audience(SessionSettings(), around), {"git": Upstream()}
        audience.scene(upstreams, may, around)  # type: ignore[arg-type]
        found.append((audience, upstreams))
    await found[0][0].tell("git", "resources")
    assert found[1][1]["git"].voided == ["resources", "resourceTemplates"]
    assert found[0][1]["git"].voided == []
    await found[0][0].tell("unknown", "tools")
    for audience, _ in found:
        audience.retire()
        audience.drain()
    await asyncio.sleep(0)
