"""How much: what one call may use, reserved before it and corrected after it."""

import re
from collections.abc import Awaitable
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.kinds import name_of
from trigate.core.settings import Duration, Kind, Settings, Size
from trigate.policy.glob import Globs
from trigate.policy.measure.condition import condition
from trigate.policy.measure.quota import LARGEST_ANSWER, REFUSE, Quota
from trigate.policy.measure.scope import ScopeName, scope
from trigate.policy.measure.selector import Selector, deed, resources
from trigate.policy.measure.unit import NANO, UNITS, UnitName
from trigate.policy.measure.window import nanoseconds
from trigate.store.counter import Law

Texts = str | tuple[str, ...]

WHO = ("key", "user", "end_user", "agent", "team", "organisation")
_FIELD = {"end_user": "on_behalf_of"}
TOO_MUCH = 10**18
"""More cannot be counted in the words that processes share."""
LONGEST_WINDOW = 36_525 * 86_400 * NANO
MOST_WAITING = 1000
"""Calls of one cell in one worker that wait for others to give back what they have reserved."""
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_.-]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Selection(Settings):
    """Which calls are meant; what is not written does not matter. `*` stands for any text."""

    key: Texts = ()
    """Only callers with this key, or one of these."""
    user: Texts = ()
    """Only this person."""
    end_user: Texts = ()
    """Only calls on behalf of this end user."""
    agent: Texts = ()
    """Only this agent."""
    team: Texts = ()
    """Only this team."""
    organisation: Texts = ()
    """Only this organisation."""
    role: Texts = ()
    """Only callers with this role, or one of these."""
    on: Texts = ()
    """Only these lanes or actions, such as `llm`, `mcp.tools.call` or `mcp.tools.call server/git/*`."""
    model: Texts = ()
    """Only this model, by the name callers use."""
    server: Texts = ()
    """Only this tool server."""
    tool: Texts = ()
    """Only this tool, as `TOOL` or `SERVER/TOOL`."""
    route: Texts = ()
    """Only this route of the api lane."""

    def selector(self, organisation: str = "") -> Selector:
        """The same, ready to be asked; raises ValueError for an entry of `on` that makes no sense."""
        return Selector(
            deeds=tuple(deed(each) for each in texts(self.on)),
            who=tuple((_FIELD.get(name, name), Globs(found)) for name in WHO if (found := texts(getattr(self, name)))),
            roles=Globs(texts(self.role)) if self.role else None,
            resources=resources(
                model=texts(self.model), server=texts(self.server), tool=texts(self.tool), route=texts(self.route)
            ),
            organisation=organisation,
        )


class Limit(Selection, Kind):
    """How much callers may use."""

    name: str = ""
    """What errors, header fields and records call it; by default made of what it limits."""
    per: ScopeName | tuple[ScopeName, ...] = ()
    """For whom it counts: `key`, `user`, `end_user`, `agent`, `team`, `organisation`, `session`, `run`, `model`,
    `provider`, `target` (provider and its model), `server`, `tool`, `route`, `address`, `lane`, `header:NAME`,
    `claim:NAME`, or a list of them for each combination; nothing written: all calls together. A call without such a
    value, as that of a key without a team, is not limited by it."""
    when: str = ""
    """Only calls for which this condition (CEL) holds."""
    hard: bool = True
    """Refuse what does not fit; if not, count and warn only."""
    shadow: bool = False
    """Refuse nothing yet, but flag in the record and in the answer what would have been refused."""
    headers: bool = True
    """Tell callers in header fields of the answer how they stand."""

    def __post_init__(self) -> None:
        if self.name and not _NAME.fullmatch(self.name):
            raise ValueError("a limit's name consists of letters, digits, `_`, `.` and `-`, at most 64 of them")
        if len(set(self.scopes)) < len(self.scopes):
            raise ValueError("per names the same scope twice")
        self.selector()
        if self.when:
            condition(self.when)

    @property
    def scopes(self) -> tuple[ScopeName, ...]:
        """`per`, as a list."""
        return (self.per,) if isinstance(self.per, ScopeName) else self.per

    def quotas(self, organisation: str = "") -> tuple[Quota, ...]:
        """The numbers it limits; `organisation` owns it, if not empty, and it concerns nobody else."""
        raise NotImplementedError

    def quota(self, unit: UnitName, law: Law, period: str, organisation: str, **more: Any) -> Quota:
        """One number, with what all kinds have in common."""
        return Quota(
            name=f"{_owner(organisation)}:{self.title(unit, period)}" if organisation else self.title(unit, period),
            unit=UNITS[unit],
            law=law,
            scopes=tuple(map(scope, self.scopes)),
            selector=self.selector(organisation),
            holds=condition(self.when) if self.when else None,
            hard=self.hard,
            shadow=self.shadow,
            told=self.headers and self.hard and not self.shadow,
            period=period,
            **more,
        )

    def title(self, unit: UnitName, period: str) -> str:
        """The name; one that was not written stays the same wherever in the list the limit stands."""
        if self.name:
            return self.name
        words = [name_of(type(self)), unit, *self.scopes, period, "" if self.hard else "soft"]
        chosen = {key: getattr(self, key) for key in (*Selection.__struct_fields__, "when") if getattr(self, key)}
        digest = blake2b(msgspec.json.encode(chosen), digest_size=3).hexdigest() if chosen else ""
        return "-".join(
            _UNNAMEABLE.sub(".", word) for word in (*words, "shadow" if self.shadow else "", digest) if word
        )


class Allowance(Limit):
    """A limit of what is used over time; at least one of the amounts must be written."""

    requests: int | None = None
    """Calls."""
    tokens: int | None = None
    """Tokens of asks and answers together."""
    input_tokens: int | None = None
    """Tokens of asks, from a cache or not."""
    output_tokens: int | None = None
    """Tokens of answers, reasoning included."""
    tool_calls: int | None = None
    """Calls of tools."""
    bytes: Size | None = None
    """Bytes of bodies in both directions, known at the end only: what is under way may go over."""
    usd: Decimal | None = None
    """Money, in US dollars."""
    unknown_price: Literal["refuse"] | Decimal = "refuse"
    """What to do with a call whose price is not known: `refuse` it, or count it as so many dollars."""
    unbounded: Literal["cap", "refuse"] | int = "cap"
    """What to do with an ask that sets no bound to its answer: `cap` the answer to what the limit leaves, but at most
    16384 tokens, `refuse` it, or cap it at this many tokens."""
    wait: Duration = Duration(0)
    """How long a call may wait if it would fit but for what others under way have reserved."""

    def __post_init__(self) -> None:
        super().__post_init__()
        amounts = self.amounts()
        if not amounts:
            raise ValueError(f"write an amount: {', '.join(UNITS)}")
        if any(not 0 < amount < TOO_MUCH for amount in amounts.values()):
            raise ValueError("an amount must be more than 0, and less than a billion billions")
        if isinstance(self.unbounded, int) and self.unbounded < 1:
            raise ValueError("unbounded must be at least 1 token")
        if self.unknown_price != "refuse" and to_nanos(self.unknown_price) < 0:
            raise ValueError("unknown_price must not be less than 0")

    def amounts(self) -> dict[UnitName, int]:
        """What is limited to how much, in whole units."""
        written: dict[UnitName, Any] = {name: getattr(self, name) for name in UNITS}
        return {
            name: to_nanos(amount) if name == "usd" else int(amount)
            for name, amount in written.items()
            if amount is not None
        }

    def title(self, unit: UnitName, period: str) -> str:
        """With the unit, if several are limited."""
        title = super().title(unit, period)
        return f"{title}.{unit}" if self.name and len(self.amounts()) > 1 else title

    def reservation(self) -> dict[str, Any]:
        """How quotas of this limit reserve."""
        bounds = {"cap": LARGEST_ANSWER, "refuse": REFUSE}
        return {
            "unpriced": REFUSE if self.unknown_price == "refuse" else to_nanos(self.unknown_price),
            "unbounded": self.unbounded if isinstance(self.unbounded, int) else bounds[self.unbounded],
            "wait": float(self.wait),
            "queue": MOST_WAITING,
        }


def _owner(organisation: str) -> str:
    """An organisation as names of its limits begin: in the letters of a name, and never like another's.

    No other name has a colon, so that what one organisation calls its limits never meets those of all, or of another.
    """
    return _UNNAMEABLE.sub(lambda found: f"~{ord(found[0]):x}~", organisation)


def texts(written: Texts) -> tuple[str, ...]:
    """One text or several, as a list."""
    return (written,) if isinstance(written, str) else written


def to_nanos(dollars: Decimal) -> int:
    """Nano-dollars; raises ValueError for what is finer."""
    nanos = dollars * NANO
    if not nanos.is_finite() or nanos != int(nanos) or abs(nanos) >= TOO_MUCH:
        raise ValueError(f"{dollars} dollars cannot be counted: write at most 9 decimals, and less than a billion")
    return int(nanos)


def to_length(written: Duration) -> int:
    """Nanoseconds of a window; raises ValueError if there is no such window."""
    length = nanoseconds(written)
    if not 1_000_000 <= length <= LONGEST_WINDOW:
        raise ValueError("window must be at least 1ms, and at most 100 years")
    return length


class Hold:
    """What one call holds of every limit that applies to it, from before its first attempt until it is settled."""

    __slots__ = ()

    def admit(self, demand: Demand) -> Awaitable[None] | None:
        """Reserve for one attempt what it may use at most; what an earlier attempt held is given back or reused.

        Raises, or the awaitable does, LimitReached: retryable if only this target's limits stand in the way. Tells the
        caller how it stands by header fields of the answer (`exchange.edge.extra`), for a call without parent.
        """
        raise NotImplementedError

    def settle(self) -> None:
        """The call has ended, however it did, and `call.usage` says what it used: correct, and give back the rest.

        At once, once, and never failing; sets nothing aside for later that could be lost.
        """
        raise NotImplementedError


class Limits:
    """The limits in force."""

    __slots__ = ()

    book: Any = None
    """As long as it is the same, `hold` finds none for a principal and an action for which it found none before; None
    if that cannot be told."""

    def hold(self, call: Call) -> Hold | None:
        """The limits that apply to this call, None if there are none."""
        return None

    def deposit(self, call: Call) -> Hold | None:
        """Of the limits of money alone that would refuse what the call has begun and will be counted when it is known;
        None if there are none. It lasts until it is settled."""
        return None

    def booking(self, call: Call) -> Hold | None:
        """Of the limits that count what a call has used which is over already: none of them refuses."""
        return None
