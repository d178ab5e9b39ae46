"""Gate and host joined in one process, over a store of their own; operators decide through it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.mcp.stage import LocalBus
from tests.patience import PATIENCE
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.policy.approval import ApprovalRule, ApprovalSettings
from trigate.policy.consent import host
from trigate.policy.consent.gate import Gate
from trigate.policy.consent.petition import SERVICE, Consent
from trigate.store.approval import Approval, Decision
from trigate.store.approval_row import decide_approval, list_approvals, read_approval
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

PUSH = Action("mcp.tools.call", "server/git/tool/push")
KEY = bytes(range(32))


class Toy:
    """A lane whose asks are their arguments; its callers have a person to ask only if `says` is set."""

    name = "mcp"

    def __init__(self) -> None:
        self.says: bool | None = None
        self.said: dict[str, bool] = {}
        self.questions: list[str] = []
        self.more: dict[str, Any] = {}
        self.brought: Consent | None = None
        self.waits = False

    def beside(self, ask: Any) -> Mapping[str, Any]:
        return self.more

    def carried(self, ask: Any) -> Consent | None:
        return self.brought

    def arguments(self, ask: Any) -> Any:
        return ask

    async def traits(self, call: Call, ask: Any) -> Mapping[str, bool]:
        return self.said

    def goes_on(self, ask: Any) -> bool:
        return self.waits

    async def confirm(self, call: Any, ask: Any, sink: Any, question: str) -> bool | None:
        self.questions.append(question)
        return self.says


class Office:
    """A gate over a bus to a host."""

    def __init__(self, folder: Path, settings: ApprovalSettings, messenger: Any = None) -> None:
        self.bus = LocalBus()
        self.keeper = Keeper(StoreSettings(directory=str(folder)), asyncio.get_running_loop())
        around: Any = SimpleNamespace(derive=lambda purpose: KEY)
        self.bus.offer(SERVICE, host.ConsentHost(settings, self.keeper, around, messenger).serve)
        self.gate = Gate(settings, self.bus)
        self.lane = Toy()

    def call(self, action: Action = PUSH, **principal: Any) -> Any:
        """A call of somebody."""
        who = Principal(**{"key": "dev", "lanes": frozenset({"mcp"}), **principal})
        return SimpleNamespace(
            principal=who, action=action, flags=[], consent=None, exchange=SimpleNamespace(id="exchange")
        )

    async def hold(self, call: Any, arguments: Any = None) -> list[str]:
        """The call's flags once it may be made; raises what refuses it."""
        lane: Any = self.lane
        waiting = self.gate.hold(call, lane, arguments, None)  # type: ignore[arg-type]
        if waiting is not None:
            async with asyncio.timeout(PATIENCE):
                await waiting
        return call.flags

    async def waiting(self, state: str = "pending") -> list[dict[str, Any]]:
        """What operators see."""
        return await self.keeper.peek(lambda connection: list_approvals(connection, state, {}))

    async def read(self, id: str) -> Approval:
        """One of them."""
        return await self.keeper.peek(lambda connection: read_approval(connection, id))

    async def decide(self, id: str, decision: Decision, lasts: float = 600.0, **more: Any) -> None:
        """An operator decides."""
        expires = clock.wall_ns() + int(lasts * 10**9)
        await self.keeper.write(
            lambda connection: decide_approval(connection, id, decision, "operator:ada", expires=expires, **more)
        )


def settings(*rules: ApprovalRule, wait: float = 0, **more: Any) -> ApprovalSettings:
    """Settings with these rules, or one for every tool."""
    return ApprovalSettings(rules=rules or (ApprovalRule(by="operator"),), wait=Duration(wait), **more)


@asynccontextmanager
async def office(folder: Path, *rules: ApprovalRule, messenger: Any = None, **more: Any) -> AsyncIterator[Office]:
    """An office with settings."""
    made = Office(folder, settings(*rules, **more), messenger)
    try:
        yield made
    finally:
        made.keeper.drain()
