"""Holds calls until a person has approved exactly them; the worker's side."""

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.bus import Bus, consult
from trigate.core.call import Call
from trigate.core.errors import ApprovalDenied, ApprovalPending, BadRequest, StoreUnavailable
from trigate.core.lane import Lane
from trigate.core.stream import Sink
from trigate.policy.approval import HELD, ApprovalRule, ApprovalSettings
from trigate.policy.circumstance import Circumstance
from trigate.policy.clause import Clause, compile_selector
from trigate.policy.consent.petition import (
    SERVICE,
    Consent,
    Order,
    Petition,
    Told,
    belonging,
    digest_of,
    encode,
    read_told,
)
from trigate.policy.expression import Expression
from trigate.policy.glob import Globs

AGAIN_SECONDS = 5.0
"""How soon the same call may be made again."""
LARGEST_SHOWN = 64 * 1024
"""Bytes of arguments that operators can read."""
_MOST_KNOWN = 1024
_TAKEN_FOR = {"read_only": False, "destructive": True, "idempotent": False, "open_world": True}
"""What a tool is taken for of which nothing is said (2025-03-26, ToolAnnotations)."""


@runtime_checkable
class Consulting(Protocol):
    """A lane whose asks concern tools, and whose callers may have a person to ask."""

    async def traits(self, call: Call, ask: Any) -> Mapping[str, bool]:
        """What is said of the tool: of `read_only`, `destructive`, `idempotent` and `open_world` those that are."""
        ...

    def goes_on(self, ask: Any) -> bool:
        """Whether it only brings answers to a call that is under way, and so was held before, and makes none itself."""
        ...

    def beside(self, ask: Any) -> Mapping[str, Any]:
        """What goes to the server beside the arguments, and so makes another call of it."""
        ...

    def carried(self, ask: Any) -> Consent | None:
        """What its caller brings back of an approval; None if it brings nothing, which it was given for this call."""
        ...

    async def confirm(self, call: Call, ask: Any, sink: Sink, question: str) -> bool | None:
        """Whether the person at the caller's end approves; None if the caller cannot ask anybody.

        Raises what ends the call where the protocol asks by ending it, to be made again with the answer.
        """
        ...


class Station(Struct, frozen=True, eq=False):
    """A rule, compiled."""

    rule: ApprovalRule
    place: str
    clause: Clause
    condition: Expression | None


class Gate:
    """The rules of one configuration."""

    __slots__ = ("_bus", "_known", "_passing", "_stations")

    def __init__(self, settings: ApprovalSettings, bus: Bus) -> None:
        """Raises ValueError."""
        self._bus = bus
        self._stations = [_station(number, rule) for number, rule in enumerate(settings.rules)]
        self._passing = Globs(settings.passing)
        self._known: dict[Action, list[Station]] = {}

    def hold(self, call: Call, lane: Lane, ask: Any, sink: Sink) -> Coroutine[Any, Any, None] | None:
        """What to wait for before the call is made, None if it concerns no rule."""
        stations = self._known.get(call.action)
        if stations is None:
            stations = self._find(call.action)
        concerned = [each for each in stations if each.clause.concerns(call.principal)] if stations else stations
        return self._consult(concerned, call, lane, ask, sink) if concerned else None

    def _find(self, action: Action) -> list[Station]:
        found: list[Station] = []
        # Where the server must still be looked up the act is its endpoint's; the act upon the server comes after it.
        if action.name in HELD and not action.resource.startswith("endpoint/"):
            found = [each for each in self._stations if any(entry.fits(action) for entry in each.clause.allow)]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[action] = found
        return found

    async def _consult(self, stations: list[Station], call: Call, lane: Lane, ask: Any, sink: Sink) -> None:
        """Return when a person has approved; raises ApprovalPending, ApprovalDenied, StoreUnavailable."""
        consulting = lane if isinstance(lane, Consulting) else None
        if consulting is not None and consulting.goes_on(ask):
            call.consent = consulting.carried(ask)  # of what its caller is asked next, it is still what counts
            return
        needed = await _needed(stations, call, lane, ask, consulting)
        if needed is None:
            return
        petition = self._petition(needed, call, lane, ask, consulting)
        call.consent = Consent(petition.digest)
        carried = consulting.carried(ask) if consulting is not None else None
        if carried is not None and carried.digest != petition.digest:
            raise BadRequest("this is not the call that was asked about: make it anew, without what was given for it")
        if carried is not None and carried.grant and carried.place == needed.place:
            await self._go_on(petition, carried, f"grant {carried.grant}")
            call.consent = Consent(petition.digest, carried.place, carried.grant)
            call.flags.append(f"approved.{carried.grant}")
            return
        if needed.rule.by == "caller" and consulting is not None:
            approved = await consulting.confirm(call, ask, sink, _question(call))
            if approved is not None:
                if not approved:
                    raise ApprovalDenied("the person who was asked did not approve this call")
                if carried is not None:
                    await self._go_on(petition, carried, "caller")
                call.flags.append("approved.caller")
                return
        await self._ask_operators(petition, call)

    def _petition(self, station: Station, call: Call, lane: Lane, ask: Any, consulting: Consulting | None) -> Petition:
        arguments = lane.arguments(ask)
        try:
            given: dict[str, Any] = {} if arguments is None else dict(arguments)
        except ValueError:
            raise BadRequest("a member of the arguments is there twice: nobody could tell what is approved") from None
        more: Mapping[str, Any] = consulting.beside(ask) if consulting is not None else {}
        beside = {name: each for name, each in more.items() if not self._passing.fit(name)}
        shown: object = {"arguments": given, "beside": beside} if beside else given
        return Petition(
            digest=digest_of(call.principal, call.action, [given, beside] if beside else given),
            rule=station.place,
            request=call.exchange.id,
            action=call.action.name,
            resource=call.action.resource,
            arguments=msgspec.json.encode(shown)[:LARGEST_SHOWN],
            **belonging(call.principal),
        )

    async def _go_on(self, petition: Petition, carried: Consent, by: str) -> None:
        """Use what the caller brings back; raises ApprovalDenied the second time."""
        told = await self._send(Order("once", petition, carried.once, by))
        if told.state != "granted":
            raise ApprovalDenied("what was approved has been used: make the call anew to have it approved once more")

    async def _ask_operators(self, petition: Petition, call: Call) -> None:
        told = await self._send(Order("ask", petition))
        if told.state == "granted":
            # In a step of its own, so that a grant is used up by nobody but a caller who is still there.
            told = await self._send(Order("use", petition, told.id))
        if told.state == "granted":
            call.consent = Consent(petition.digest, petition.rule, told.id)
            call.flags.append(f"approved.{told.id}")
            return
        if told.state == "denied":
            raise ApprovalDenied(f"an operator denied this call (approval {told.id})", told.id)
        if told.state == "full":
            raise ApprovalPending("too many of your calls wait for approval: wait until some are decided", "", 60.0)
        raise ApprovalPending(
            f"this call waits for an operator's approval ({told.id}), and nothing was done yet: "
            "make the same call again later",
            told.id,
            AGAIN_SECONDS,
        )

    async def _send(self, order: Order) -> Told:
        message = await consult(self._bus, SERVICE, encode(order))
        told = read_told(message) if message is not None else Told("unavailable")
        if told.state == "unavailable":
            raise StoreUnavailable(told.problem or "nobody can be asked to approve at the moment; try again")
        return told


def _station(number: int, rule: ApprovalRule) -> Station:
    place = rule.name or f"policy.approvals.rules[{number}]"
    return Station(rule, place, compile_selector(rule, rule.on), rule.condition())


async def _needed(
    stations: list[Station], call: Call, lane: Lane, ask: Any, consulting: Consulting | None
) -> Station | None:
    """The first rule that fits in every respect."""
    values = Circumstance(call, lane, ask)
    if any(each.rule.tools != "any" or _names_tool(each.condition) for each in stations):
        said: Mapping[str, bool] = await consulting.traits(call, ask) if consulting is not None else {}
        values["tool"] = {**_TAKEN_FOR, **said}
    for each in stations:
        if each.rule.tools != "any" and not _fits(each.rule, values["tool"]):
            continue
        if each.condition is None or each.condition.true(values, otherwise=True):
            return each
    return None


def _names_tool(condition: Expression | None) -> bool:
    return condition is not None and "tool" in condition.variables


def _fits(rule: ApprovalRule, tool: Mapping[str, Any]) -> bool:
    return not tool["read_only"] and (rule.tools == "writing" or tool["destructive"])


def _question(call: Call) -> str:
    return f"Allow {call.action.name} on {call.action.resource}?"
