"""What a caller prefers of providers, in the words of OpenRouter: `provider: {order, only, ignore, sort, …}`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NoReturn

import msgspec
from msgspec import Raw, Struct

from trigate.core.clock import clock
from trigate.core.kinds import name_of
from trigate.core.usage import Usage
from trigate.llm.candidate import Candidate
from trigate.llm.error import InvalidParameter
from trigate.llm.loss import Losses
from trigate.llm.member import Members
from trigate.llm.operation import Ask
from trigate.llm.price_settings import NANO
from trigate.llm.requirement import Requirement
from trigate.llm.strategies.cost import likely_cost

MEMBERS = ("provider", "transforms", "route")
"""Of a body; whoever routes by itself gets them as they are."""
MOST = 32
"""Providers of one list."""
MILLION = 10**6
ALIASES = {
    "google-ai-studio": "gemini", "google": "gemini", "google-vertex": "vertex", "amazon-bedrock": "bedrock",
    "azure": "azure_openai", "x-ai": "xai", "z-ai": "zai", "mistralai": "mistral", "moonshotai": "moonshot",
}  # fmt: skip
"""OpenRouter's names of providers that differ from those of kinds here."""
Sort = Literal["price", "latency", "throughput"]


class _Sort(Struct):
    by: Sort | None = None


class _Written(Struct):
    order: tuple[str, ...] | None = None
    only: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    allow_fallbacks: bool | None = None
    require_parameters: bool | None = None
    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    sort: Sort | _Sort | None = None
    max_price: dict[str, Decimal] | None = None


_KNOWN = frozenset(_Written.__struct_fields__)
_read = msgspec.json.Decoder(_Written, strict=False).decode
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_UNSAID = frozenset({b"null", b"[]", b'"fallback"'})


class Preference(Struct, frozen=True):
    """Of one ask."""

    raw: Members
    """As the caller wrote it, for whoever routes by itself."""
    order: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    alone: bool = False
    """Nobody is asked in place of the first choice."""
    sort: Sort | None = None
    input: int | None = None
    """The most nano-dollars that a million tokens of input may cost."""
    output: int | None = None
    demand: Requirement | None = None
    losses: Losses = Losses()
    """What of it nobody here can follow."""

    def choose(self, ask: Ask, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that it allows, in the order that it wants; as they came, where it says nothing."""
        found = [each for each in candidates if self._allows(each)]
        if self.sort == "price":
            found.sort(key=lambda each: likely_cost(ask, each))
        elif self.sort is not None:
            found.sort(key=_slowness)
        if self.order:
            found.sort(key=self._place)
        if not self.alone:
            return found
        return [each for each in found if self._place(each) < len(self.order)] if self.order else found[:1]

    def _allows(self, candidate: Candidate) -> bool:
        if candidate.target.routes:
            return True  # it is judged there, with what the caller has written
        names = names_of(candidate)
        if (self.only and names.isdisjoint(self.only)) or not names.isdisjoint(self.ignore):
            return False
        return self._is_cheap(candidate)

    def _is_cheap(self, candidate: Candidate) -> bool:
        """What costs nobody knows what is not."""
        if self.input is None and self.output is None:
            return True
        if candidate.sheet is None:
            return False
        price = candidate.sheet.price()
        into, out = price.cost(Usage(input_tokens=MILLION)), price.cost(Usage(output_tokens=MILLION))
        return (self.input is None or into <= self.input) and (self.output is None or out <= self.output)

    def _place(self, candidate: Candidate) -> int:
        names = names_of(candidate)
        return next((place for place, name in enumerate(self.order) if name in names), len(self.order))


def read_preference(members: Members) -> Preference | None:
    """What the members of a body say, which are taken out of it; None if that is nothing. Raises InvalidParameter."""
    raw = {name: members.pop(name) for name in MEMBERS if name in members}
    said = {name: value for name, value in raw.items() if bytes(value) not in _UNSAID}
    if not said:
        return None
    losses = Losses()
    for name in ("transforms", "route"):
        if name in said:
            losses.drop(name)
    if "provider" not in said:
        return Preference(raw, losses=losses)
    try:
        written, given = _read(said["provider"]), _members(said["provider"])
    except (msgspec.DecodeError, RecursionError) as error:
        _refuse(str(error))
    for name in sorted(given.keys() - _KNOWN):
        losses.drop(f"provider.{name}")
    return _understood(raw, written, losses)


def _understood(raw: Members, written: _Written, losses: Losses) -> Preference:
    prices = written.max_price or {}
    for name in sorted(prices.keys() - {"prompt", "completion"}):
        losses.drop(f"provider.max_price.{name}")
    if written.require_parameters:
        losses.degrade("provider.require_parameters", "targets known not to be able to do it are left out")
    trains = False if written.data_collection == "deny" else None
    retains = False if written.zdr else None
    demand = Requirement(fit=bool(written.require_parameters), trains=trains, retains=retains)
    return Preference(
        raw,
        _names("order", written.order),
        _names("only", written.only),
        _names("ignore", written.ignore),
        written.allow_fallbacks is False,
        written.sort.by if isinstance(written.sort, _Sort) else written.sort,
        _nanos(prices.get("prompt")),
        _nanos(prices.get("completion")),
        demand if demand != Requirement() else None,
        losses,
    )


def names_of(candidate: Candidate) -> frozenset[str]:
    """By which callers may mean its provider: the configured name, and that of its kind."""
    site = candidate.target.site
    return frozenset({site.name.lower(), name_of(type(site.provider)).lower()})


def _names(member: str, written: tuple[str, ...] | None) -> tuple[str, ...]:
    """Names of providers; `deepinfra/turbo` means one of the ways to a provider, of which there is one here."""
    if written is not None and len(written) > MOST:
        _refuse(f"`{member}` names more than {MOST} providers")
    slugs = [each.partition("/")[0].strip().lower().replace(" ", "-") for each in written or ()]
    return tuple(name for slug in slugs for name in dict.fromkeys((slug, ALIASES.get(slug, slug))))


def _nanos(dollars: Decimal | None) -> int | None:
    if dollars is None:
        return None
    if not dollars.is_finite() or not 0 <= dollars <= MILLION:
        _refuse("`max_price` is in dollars for a million tokens")
    return int(dollars * NANO)


def _slowness(candidate: Candidate) -> float:
    return candidate.health.seconds(clock.monotonic())


def _refuse(why: str) -> NoReturn:
    raise InvalidParameter(f"`provider` says what is preferred of providers, as OpenRouter has it: {why}", "provider")
