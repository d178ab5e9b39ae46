"""A worker's part in counting what nobody looks at: money that stays set aside, and questions to providers."""

import asyncio
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.core.usage import Usage
from trigate.llm.error import ProviderRefused
from trigate.llm.resource.admission import charge, deposit, release
from trigate.llm.resource.bearer import Bearer
from trigate.llm.resource.family import FAMILIES
from trigate.llm.resource.handle import Origin, unknown
from trigate.llm.resource.kept import Kept, Share, read_kept
from trigate.llm.resource.progress import SWEPT, settle_batch, settle_response
from trigate.llm.resource.round import Report, ask_for_duty
from trigate.policy.limit import Hold
from trigate.store.holding import Holding

if TYPE_CHECKING:
    from trigate.llm.resource.premises import Premises

LIFETIME = 31 * 86_400
"""Seconds that providers keep results at most, and a day; what was not counted until then never will be."""
NOT_SETTLED = "llm.not_settled"
"""Flag of what was used up nobody knows how much."""
_NOBODY = Request(b"", b"", b"", b"", b"", [], {})
GONE = 404


class _Aside(Struct):
    """Money that is set aside for one thing."""

    provider: str
    shares: tuple[Share, ...]
    bearer: Bearer
    holds: list[Hold]


class Caretaker:
    """Of one worker; lives over reloads."""

    __slots__ = ("_around", "_aside", "_busy", "_premises", "_timer")

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._aside: dict[str, _Aside] = {}
        self._busy = False
        self._premises: Premises | None = None
        self._timer: asyncio.TimerHandle | None = None

    def use(self, premises: "Premises") -> None:
        """Work by this configuration from now on."""
        self._premises = premises
        if self._timer is None:
            self._wait()

    def drain(self) -> None:
        """No configuration has models any more."""
        self._premises = None
        if self._timer is not None:
            self._timer.cancel()
        for id in list(self._aside):
            self.release(id)

    def go(self) -> None:
        """A round, unless one is under way; the next follows in its time."""
        self._timer, premises = None, self._premises
        if premises is None:
            return
        self._wait()
        if not self._busy:
            self._busy = True
            spawn(self._run(premises), "a round of the caretaker")

    def _wait(self) -> None:
        premises = self._premises
        if premises is not None and premises.settings.settle_every:
            self._timer = self._around.loop.call_later(premises.settings.settle_every, self.go)

    def keep(self, id: str, provider: str, kept: Kept, holds: list[Hold]) -> None:
        """Let money stay set aside until `release`."""
        if holds:
            self._aside[id] = _Aside(provider, kept.shares, kept.bearer, holds)

    def release(self, id: str) -> None:
        """Give it back, if there is any."""
        aside = self._aside.pop(id, None)
        if aside is not None:
            release(aside.holds)

    async def round(self, premises: "Premises") -> None:
        """Do what the control process says is to be done."""
        report = Report(self._around.bus.own, float(premises.settings.settle_every), tuple(self._aside))
        duty = await ask_for_duty(self._around.bus, report)
        for id in duty.release:
            self.release(id)
        for aside in list(self._aside.values()):
            await self._renew(premises, aside)
        for each in duty.keep:
            await self._set_aside(premises, each)
        for each in duty.settle:
            await self._settle(premises, each)

    async def _run(self, premises: "Premises") -> None:
        try:
            await self.round(premises)
        finally:
            self._busy = False

    # --- money -------------------------------------------------------------------------------------------------------

    async def _set_aside(self, premises: "Premises", holding: Holding) -> None:
        origin, kept = _origin(premises, holding), _kept(holding)
        if origin is None or kept is None:
            return
        aside = self._aside[holding.id] = _Aside(origin.provider, kept.shares, kept.bearer, [])
        await self._renew(premises, aside)

    async def _renew(self, premises: "Premises", aside: _Aside) -> None:
        """Set it aside anew: a window may have ended, or limits changed. If there is not so much left, nothing is."""
        release(aside.holds)
        try:
            aside.holds = await deposit(self._call(aside.bearer), premises, aside.provider, aside.shares)
        except GatewayError:
            aside.holds = []

    # --- questions ---------------------------------------------------------------------------------------------------

    async def _settle(self, premises: "Premises", holding: Holding) -> None:
        """Ask, and count; what cannot be asked now is asked later, for as long as an answer can be hoped for."""
        kept, origin = _kept(holding), _origin(premises, holding)
        bearer = kept.bearer if kept is not None else Bearer()
        over = (clock.wall_ns() - holding.time) / 1e9 > LIFETIME
        call = self._call(bearer)
        try:
            if origin is None or kept is None:
                raise unknown("batch")
            family = FAMILIES.get(holding.kind)
            if family is None:
                await settle_response(call, premises, holding, origin)
            else:
                await settle_batch(call, premises, family, holding, origin)
        except GatewayError as error:
            if over or (isinstance(error, ProviderRefused) and error.status == GONE):
                await self._give_up(call, premises, holding, kept, origin)

    async def _give_up(
        self, call: Call, premises: "Premises", holding: Holding, kept: Kept | None, origin: Origin | None
    ) -> None:
        try:
            settled = await premises.register.settle(holding.id, holding.owner)
        except GatewayError:
            return
        self.release(holding.id)
        provider, shares = origin.provider if origin is not None else "", kept.shares if kept is not None else ()
        for share in shares if settled else ():
            used = Usage(estimated=True, unpriced=True)
            await charge(call, premises, provider, share, used, SWEPT, NOT_SETTLED)

    def _call(self, bearer: Bearer) -> Call:
        """A call that nobody has made, in whose name others are counted."""
        around = self._around
        id, now = around.ids.next(), clock.monotonic()
        principal = bearer.principal()
        exchange = Exchange(id, _NOBODY, Peer(""), Signal(around.loop), now, lane="llm", principal=principal)
        exchange.request_id, exchange.id_line = id, b"x-request-id: %b\r\n" % id.encode()
        return Call(id, exchange, principal, Action("llm.settle", "provider/*"), None, now, Usage())


def _origin(premises: "Premises", holding: Holding) -> Origin | None:
    """Where it lies; None if that is no provider of the configuration."""
    kind = "batch" if holding.kind in FAMILIES else "response"
    try:
        origin = premises.handles.open(kind, holding.owner, holding.id)
    except GatewayError:
        return None
    return origin if origin.provider in premises.wires else None


def _kept(holding: Holding) -> Kept | None:
    try:
        return read_kept(holding.body)
    except msgspec.DecodeError:
        return None
