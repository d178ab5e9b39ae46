"""The control process's side of consent: keeps calls that wait, and tells workers what operators decided."""

import asyncio
import os
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from trigate.core.bus import BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.surroundings import Surroundings
from trigate.policy.approval import ApprovalSettings
from trigate.policy.consent.messenger import Messenger
from trigate.policy.consent.petition import SERVICE, Order, Petition, Told, encode, read_order
from trigate.store.approval import Approval
from trigate.store.keeper import Keeper
from trigate.telemetry.log import log

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOOK_SECONDS = 0.5
"""How often it is looked whether an operator has decided: it may have been done on another machine."""
WHAT = "the arguments of a call"
_SECOND = 10**9


class ConsentHost:
    """The service (core.bus.Service)."""

    __slots__ = ("_keeper", "_key", "_messenger", "_settings")

    def __init__(
        self, settings: ApprovalSettings, keeper: Keeper, surroundings: Surroundings, messenger: Messenger | None
    ) -> None:
        self._settings = settings
        self._keeper = keeper
        self._key = surroundings.derive(SERVICE)
        self._messenger = messenger

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            order = read_order(opening)
            told = await (self._ask(order.petition) if order.act == "ask" else self._use(order))
        except msgspec.DecodeError:
            told = Told("unavailable", problem="the order cannot be read")
        except GatewayError as error:
            told = Told("unavailable", problem=error.message)
        try:
            await stream.send(encode(told))
        except BusClosed:
            return  # the worker has gone; what was granted is there for the next call

    async def _use(self, order: Order) -> Told:
        from trigate.store.approval_row import spend_approval, use_approval  # noqa: PLC0415 - SQL is loaded in the thread

        if order.act == "once":
            brought = replace(
                self._approval(order.petition, order.id), state="used", decided=clock.wall_ns(), decided_by=order.by
            )
            fresh = await self._keeper.write(lambda connection: spend_approval(connection, brought))
            return Told("granted" if fresh else "denied", order.id)
        used = await self._keeper.write(lambda connection: use_approval(connection, order.id, order.petition.digest))
        return Told("granted" if used else "pending", order.id)

    async def _ask(self, petition: Petition) -> Told:
        found = await self._find(petition.digest) or await self._begin(petition)
        if found is None:
            return Told("full")
        until = clock.monotonic() + self._settings.wait
        while found.state == "pending" and clock.monotonic() < until:
            await asyncio.sleep(min(LOOK_SECONDS, max(until - clock.monotonic(), 0.0)))
            again = await self._find(petition.digest)
            if again is None:
                break  # its time has run out, or another call of the same kind was faster
            found = again
        return Told("pending" if found.state == "used" else found.state, found.id)

    async def _find(self, digest: bytes) -> Approval | None:
        from trigate.store.approval_row import find_approval  # noqa: PLC0415 - as above

        return await self._keeper.peek(lambda connection: find_approval(connection, digest))

    async def _begin(self, petition: Petition) -> Approval | None:
        """A new one; None if too many of the caller's wait already."""
        approval = self._approval(petition)

        def put(connection: "Connection") -> bool:
            from trigate.store.approval_row import put_approval  # noqa: PLC0415 - as above

            return put_approval(connection, approval, self._settings.most)

        if not await self._keeper.write(put):
            return None
        log.info(
            "a call waits for approval", id=approval.id, action=approval.action, resource=approval.resource,
            key=approval.key, rule=approval.rule,
        )  # fmt: skip
        if self._messenger is not None:
            self._messenger.tell(approval, petition.arguments)
        return approval

    def _approval(self, petition: Petition, id: str = "") -> Approval:
        from trigate.store.seal import seal  # noqa: PLC0415 - ciphers are loaded when something is sealed

        id, now = id or os.urandom(8).hex(), clock.wall_ns()
        return Approval(
            id=id,
            time=now,
            expires=now + int(self._settings.pending * _SECOND),
            state="pending",
            digest=petition.digest,
            rule=petition.rule,
            request=petition.request,
            action=petition.action,
            resource=petition.resource,
            key=petition.key,
            user=petition.user,
            agent=petition.agent,
            team=petition.team,
            organisation=petition.organisation,
            on_behalf_of=petition.on_behalf_of,
            sealed=seal(self._key, petition.arguments, WHAT, id),
        )
