"""Where an ask may go: one model of one provider, and what is sent there and made of its answer."""

import copy
import re
from types import CoroutineType
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.parts import Part
from trigate.core.stream import Sink
from trigate.llm.attempt import Attempt
from trigate.llm.beta import write_betas
from trigate.llm.chat_dialect import UNTOLD_OUTPUT, Manners
from trigate.llm.demand import Terms, demand_of, likely_tokens, searches_always
from trigate.llm.error import NotOffered, NotPortable
from trigate.llm.extent import MediaBounds
from trigate.llm.fault import NONE, Fault
from trigate.llm.key_ring import KeyTurn, is_open, opening
from trigate.llm.loss import Losses, flags
from trigate.llm.model_facts import ModelFacts
from trigate.llm.operation import Ask, Operation
from trigate.llm.patience import TimeoutSettings, phases
from trigate.llm.piecewise import PiecewiseBridge
from trigate.llm.sheet import Sheet
from trigate.llm.signature import MARK
from trigate.llm.site import Site
from trigate.llm.task_relay import estimate
from trigate.llm.way import Way, find_way

_MARKED = re.compile(MARK.encode()).search
_MARKED_IN_BASE64 = re.compile(rb"dGd[+-]|" + MARK.encode()).search
FOREIGN = {
    "anthropic_messages": _MARKED,
    "openai_responses": _MARKED,
    "gemini_content": _MARKED_IN_BASE64,
    "bedrock_converse": _MARKED_IN_BASE64,
}
"""Finds signatures in an ask that its dialect's own provider did not make: they must be taken out."""
ROUTER = "https://openrouter.ai"
"""Where names of providers mean more than to the gateway."""
DEMANDING = frozenset({"anthropic_messages"})
"""Dialects in which an ask must bound its output."""
_encode = msgspec.json.Encoder().encode
OnLoss = Literal["warn", "drop", "reject"]


class Bounds(Struct, frozen=True):
    """What holds for every call: sizes in bytes, times in seconds."""

    answer: int
    event: int
    keep_alive: float
    media: MediaBounds = MediaBounds()
    on_loss: OnLoss = "warn"
    drain: float | None = None
    """How long a call goes on without its caller; None if it ends at once."""
    most_output: int = UNTOLD_OUTPUT
    """Tokens of output to ask for where the provider demands a bound and the caller sets none."""
    timeouts: TimeoutSettings = TimeoutSettings()
    """How long an attempt may take, where that is not up to the provider."""


class Target:
    """One model of one provider."""

    __slots__ = (
        "_manners", "_model", "_terms", "_ways", "bounds", "counts_time", "facts", "grips", "health", "healths", "name",
        "patience", "routes", "site", "terms", "timeouts", "yields",
    )  # fmt: skip

    def __init__(
        self,
        site: Site,
        model: str,
        sheet: Sheet | None,
        bounds: Bounds,
        facts: ModelFacts | None = None,
        *,
        yields: frozenset[Fault] = NONE,
    ) -> None:
        self.terms = Terms(
            site.name, model, sheet, site.max_tokens_field, bounds.media, searches=searches_always(model)
        )
        self.site = site
        self.bounds = bounds
        self._model = Raw(msgspec.json.encode(model))
        self._manners = Manners(
            model,
            most_output=min(facts.most_output if facts else 0, bounds.most_output) or UNTOLD_OUTPUT,
            max_tokens_field=site.max_tokens_field,
            counts_streams=site.counts_streams,
            quirks=site.provider.habits(),
        )
        self._ways: dict[str, Way | None] = {}
        self._terms: dict[str, Terms] = {}
        """Of the demands of asks, by operation."""
        self.name = f"{site.name}/{model}"
        self.facts = facts
        """What is known of the model; None if nothing is."""
        self.yields = yields
        """Failures after which another target is tried; any other refusal of the provider's is told to the caller."""
        self.health = site.vitals.model(model)
        self.healths = self.health, site.vitals.provider
        """Of the model, and of the provider."""
        self.patience = patience = bounds.timeouts.within(site.timeouts)
        """How long answers may take."""
        self.timeouts = phases(patience, site.timeouts)
        """How long the phases of a plain and of a streamed ask may take; None for as long as the provider's do."""
        self.counts_time = patience.first_token is not None or patience.between_tokens is not None
        """Whether tokens of streams must come in time."""
        self.routes = site.provider.origin().startswith(ROUTER)
        """It routes by itself, as callers prefer."""
        self.grips = site.ring.serving(model) if site.ring is not None else None
        """The keys for this model; None if there are not several to choose from."""

    def yielding(self, faults: frozenset[Fault]) -> "Target":
        """The same target, with another place in a list of them."""
        made = copy.copy(self)
        made.yields = faults
        return made

    def available(self, now: float) -> bool:
        """Whether it is worth asking now (monotonic seconds), as far as is known."""
        if not (self.health.available(now) and self.site.vitals.provider.available(now)):
            return False
        return self.grips is None or is_open(self.grips, self.terms.model, now)

    def opens(self, now: float) -> float:
        """When it is worth asking again."""
        first = max(self.health.opens, self.site.vitals.provider.opens, now)
        return first if self.grips is None else max(first, opening(self.grips, self.terms.model, now))

    def demand(self, ask: Ask) -> Demand:
        """The most that an attempt here can use up; raises InvalidParameter."""
        terms = self._terms.get(ask.operation.name)
        return demand_of(ask, terms if terms is not None else self._find_terms(ask))

    def _find_terms(self, ask: Ask) -> Terms:
        terms = self.terms
        if ask.operation.is_chat and not (way := self.way(ask)).direct and way.dialect.name in DEMANDING:
            terms = structs.replace(terms, most_output=self._manners.most_output)
        self._terms[ask.operation.name] = terms
        return terms

    def forward(self, call: Call, ask: Ask, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Send the ask, and the answer but its last part into `sink`; what is returned must be awaited for that part.

        Raises NotOffered, NotPortable and KeysUsedUp.
        """
        call.target = self.name
        way = self.way(ask)
        if not way.plain and way.bridge is not None:
            return estimate(way.bridge, call, ask, sink, self.bounds.media)
        return Attempt(self, way, call, ask, sink).run()

    def turn(self, ask: Ask) -> KeyTurn:
        """The key that the next request goes with; raises KeysUsedUp, NotOffered."""
        grips, terms = self.grips or (), self.terms
        tokens = likely_tokens(ask, terms) if any(each.key.counts_tokens for each in grips) else 0
        return KeyTurn(terms.provider, terms.model, grips, tokens)

    def note(self, fault: Fault, retry_after: float | None) -> None:
        """An attempt came to nothing; it may have been the fault of provider, model or key."""
        self.site.vitals.note(self.health, fault, retry_after, keyed=self.grips is not None)

    def way(self, ask: Ask) -> Way:
        """How the ask goes here, found out once; raises NotOffered."""
        way = self._ways.get(ask.operation.name)
        return way if way is not None else self._find_way(ask.operation)

    def _find_way(self, operation: Operation) -> Way:
        if operation.name not in self._ways:
            self._ways[operation.name] = find_way(operation, self.site.provider, self.terms.model)
        way = self._ways[operation.name]
        if way is None:
            raise NotOffered(f"provider {self.site.name!r} does not offer {operation.action}")
        return way

    def write(self, call: Call, ask: Ask, way: Way) -> tuple[bytes, bytes, Losses | None]:
        """The body, the caller's header fields that go with it, and what was lost, None if nothing can be."""
        losses: Losses | None = None
        if way.direct and not ask.address.listed and (ask.operation.name not in FOREIGN or not _is_foreign(ask)):
            said = ask.preferring() if self.routes else ask
            body, extra = said.write(self._model, counts_streams=self.site.counts_streams), ask.address.carried
        else:
            body, losses = self._translate(call, ask, way)
            extra = _fields(ask, way)
        return (body if way.casing is None else way.casing.body(body, extra)), extra, losses

    def piece(self, way: Way, bridge: PiecewiseBridge, meant: Any, number: int) -> bytes:
        """One further body of an ask that takes several requests; what is lost is lost in the first, too."""
        body = bridge.write_piece(meant, self._manners, Losses(), number)
        return body if way.casing is None else way.casing.body(body, b"")

    def _translate(self, call: Call, ask: Ask, way: Way) -> tuple[bytes, Losses]:
        """The body in the target's dialect, and what it does not say; raises NotPortable, InvalidParameter."""
        losses = Losses()
        if way.bridge is not None:
            body = way.bridge.write(ask, self._manners, losses)
        else:
            conversation = ask.conversation()
            if ask.most_output is not None:
                conversation = structs.replace(conversation, most_output=ask.most_output)
            body = _encode(way.dialect.write_ask(conversation, self._manners, losses))
        on_loss = self.bounds.on_loss
        if losses and on_loss == "reject":
            lost = ", ".join(each.field for each in losses.found())
            raise NotPortable(f"{self.name} speaks {way.dialect.name}, in which this cannot be said as it is: {lost}")
        call.flags.extend(flags(losses))
        return body, losses


def _fields(ask: Ask, way: Way) -> bytes:
    """The caller's header fields that go with a translated body."""
    if way.dialect.name == ask.operation.dialect:
        return ask.address.carried
    if way.bridge is None and way.dialect.name == "anthropic_messages":
        return write_betas(ask.conversation()) + ask.address.common
    return ask.address.common


def _is_foreign(ask: Ask) -> bool:
    """Whether signatures in it have to be looked at."""
    find = FOREIGN.get(ask.operation.name)
    return find is not None and find(ask.body) is not None
