"""The lane for model traffic, as the spine sees it."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NoReturn, cast

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import GatewayError, MethodNotAllowed
from trigate.core.exchange import Exchange
from trigate.core.lane import Encode, Match
from trigate.core.parts import Data, Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.llm.address import actions, dialect_of, find_address, without_drop_in
from trigate.llm.body_log import BodyLog
from trigate.llm.cache.opening import open_cache
from trigate.llm.candidate import Candidate
from trigate.llm.catalogue import Catalogue
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.enframing import EnframingSink
from trigate.llm.envelope import error_parts
from trigate.llm.errand import Desk, Entry, Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.fact_book import FactBook
from trigate.llm.feedback import FeedbackDesk
from trigate.llm.goal import Goal
from trigate.llm.header import require_json
from trigate.llm.hedge import Hedge
from trigate.llm.invoke_ask import InvokeAsk
from trigate.llm.mirror import Mirrored
from trigate.llm.model_list import Inquiry, inquired
from trigate.llm.operation import Address, Ask
from trigate.llm.operations.openai_compact import OPERATION as COMPACT
from trigate.llm.operations.openai_count import OPERATION as COUNT
from trigate.llm.operations.openai_responses import OPERATION as RESPONSES
from trigate.llm.passthrough.desk import PassthroughDesk
from trigate.llm.price_book import PriceBook
from trigate.llm.prompt_book import PromptBook, tell_losses
from trigate.llm.prompt_made import Made
from trigate.llm.realtime.desk import RealtimeDesk
from trigate.llm.resource.desk import open_desk
from trigate.llm.resource.handle import is_marked
from trigate.llm.resource.premises import Place
from trigate.llm.retry import Later
from trigate.llm.room import CountedTarget
from trigate.llm.router import Router, Stock
from trigate.llm.settings import LlmSettings
from trigate.llm.site import Site
from trigate.llm.target import Bounds, Target
from trigate.outbound.client import Client
from trigate.policy.argument import Arguments
from trigate.store.depot import Shelves

if TYPE_CHECKING:
    from trigate.policy.call import Calls

MODELS = (b"/v1/models", b"/v1beta/models")
CHOOSING = frozenset({"models", "fallbacks", "provider"})
"""Members by which callers choose among targets."""
CACHED = frozenset({Target, Later, CountedTarget, Hedge, Mirrored})
"""Attempts whose answers are those of one target, or of others that may speak in its place."""


class LlmLane:
    """Model traffic: any dialect in front, providers of any behind."""

    name = "llm"
    encode: Encode | None = None
    """Parts are in the caller's dialect already."""
    __slots__ = (
        "_bounds", "_cache", "_calls", "_catalogue", "_desks", "_direct", "_is_plain", "_log", "_max_body",
        "_memory", "_prompts",
        "_router", "_routes", "_sites",
    )  # fmt: skip

    def __init__(
        self,
        settings: LlmSettings,
        client: Client,
        surroundings: Surroundings,
        calls: "Calls | None" = None,
        shelves: Shelves | None = None,
    ) -> None:
        drain = float(settings.drain_limit) if settings.on_leave == "drain" else None
        self._bounds = Bounds(
            settings.max_answer, settings.max_event, settings.keep_alive, settings.media, settings.on_loss, drain,
            settings.most_output,
        )  # fmt: skip
        uses = list(actions())
        self._sites = {name: Site(name, each, client, surroundings) for name, each in settings.providers.items()}
        facts = FactBook(settings.providers, settings.catalog)
        self._catalogue = Catalogue(settings, uses, calls.may if calls is not None else None, facts.facts)
        prices = PriceBook(settings, facts)
        stock = Stock(self._sites, prices, facts, self._bounds)
        self._router = router = Router(settings, stock, self, calls, surroundings)
        self._routes, self._direct = router.routes, router.direct
        self._max_body = settings.max_body
        self._log = BodyLog(settings.log, surroundings) if settings.log is not None else None
        self._prompts = PromptBook(settings.prompts, settings.max_body) if settings.prompts else None
        self._calls = calls
        self._cache = open_cache(settings, shelves, surroundings, self, calls)
        self._is_plain = self._log is None and self._cache is None
        finding = self._places, self._choose
        desk = open_desk(self, settings, self._sites, finding, surroundings, calls, shelves)
        self._memory = desk.memory
        self._desks: tuple[Desk, ...] = (
            FeedbackDesk(surroundings.spool),
            PassthroughDesk(settings, self._sites, prices),
            desk,
            desk.conversations,
            RealtimeDesk(desk.premises, settings.max_body),
        )

    def match(self, request: Request) -> Match | None:
        """Closed list of addresses, with or without a drop-in prefix; raises MethodNotAllowed, InvalidParameter."""
        address = find_address(request)
        if address is not None:
            if request.method != b"POST":
                _refuse_method(b"POST")
            return Match(self, address.operation.action, "buffer", self._max_body, address)
        path = without_drop_in(request.path)[0]
        for models in MODELS:
            if path == models or path.startswith(models + b"/"):
                if request.method not in (b"GET", b"HEAD"):
                    _refuse_method(b"GET, HEAD")
                inquiry = inquired(path[len(models) + 1 :], dialect_of(request), request)
                return Match(self, "llm.models.list", "none", 0, inquiry)
        for desk in self._desks:
            if (found := desk.match(self, request)) is not None:
                return found
        return None

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """Understand the ask; raises BadRequest."""
        detail: Address | Inquiry | Entry = match.detail
        if isinstance(detail, Inquiry):
            return _action("llm.models.list", detail.model), detail
        if isinstance(detail, Entry):
            _refuse_demands(exchange.request)
            errand = detail.open(exchange, body)
            return errand.action, errand
        address = detail
        if not address.is_json:
            require_json(exchange.request.fields, is_form=bool(address.boundary))
        made = self._prompts.expand(address, body, self._admitting(exchange)) if self._prompts is not None else None
        if made is not None:
            address, body = made.address, made.body
        operation = address.operation
        if operation is RESPONSES or operation is COMPACT or operation is COUNT or is_marked(body):
            prompt = made.prompt if made is not None else None
            made = self._memory.understand(exchange, address, body)
            made.prompt = prompt
        ask = exchange.ask = made or operation.decode(body, address)
        if not CHOOSING.isdisjoint(ask.members) or exchange.request.wishes or address.config:
            self._router.choose(exchange, ask)
        return _action(ask.operation.action, ask.model), ask

    def targets(self, call: Call, ask: Ask | Inquiry | Errand) -> Iterable[Goal | Catalogue | Errand]:
        """The targets of the model's configured name, or of `provider/model`; raises ModelNotFound."""
        if not isinstance(ask, Ask):
            return (self._catalogue,) if isinstance(ask, Inquiry) else _prepared(ask, call)
        if ask.prompt is not None:
            self._admit_prompt(call, ask, ask.prompt)
        route = self._routes.get(ask.model) or self._direct(ask.model)
        if route.fixed is not None and ask.steering is None:
            return route.fixed if ask.recall is None else self._memory.narrow(ask, route.fixed)
        goals = self._router.steer(call, ask, route, ask.steering)
        return goals if ask.recall is None else self._memory.narrow(ask, goals)

    def demand(self, call: Call, ask: Ask | Inquiry | Errand, target: Any) -> Demand:
        """Tokens and price of an ask for a model; raises InvalidParameter. A list of models is free."""
        if isinstance(ask, Ask):
            return target.demand(ask)
        return NO_DEMAND if isinstance(ask, Inquiry) else ask.demand()

    def arguments(self, ask: Ask | Inquiry | Errand) -> Arguments | None:
        """The members of the body, such as `temperature` and `max_tokens`."""
        if isinstance(ask, Errand):
            return ask.arguments()
        return Arguments(ask.members) if isinstance(ask, Ask) else None

    def forward(
        self, call: Call, ask: Any, target: Goal | Catalogue | Errand, incoming: Incoming, sink: Sink
    ) -> "CoroutineType[Any, Any, Part]":
        """Let the target answer."""
        if self._is_plain and type(ask) is Ask and ask.recall is None:
            goal: Any = target
            return goal.forward(call, ask, sink)
        if isinstance(target, Errand):
            return target.forward(call, incoming, sink)
        if type(ask) is InvokeAsk and call.parent is None:
            return self._enframed(call, ask, target, EnframingSink(sink))
        return self._logged(call, ask, target, sink)

    async def _enframed(self, call: Call, ask: Any, target: Goal | Catalogue, sink: EnframingSink) -> Part:
        return sink.last(await self._logged(call, ask, target, sink))

    def _logged(self, call: Call, ask: Any, target: Goal | Catalogue, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        log = self._log
        if log is not None and isinstance(ask, Ask) and (tap := log.tap(call, ask, sink)) is not None:
            return tap.run(self._recall(call, ask, target, tap))
        return self._recall(call, ask, target, sink)

    def _recall(self, call: Call, ask: Any, target: Goal | Catalogue, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        recall = ask.recall if isinstance(ask, Ask) else None
        if recall is None or call.parent is not None:
            return self._send(call, ask, target, sink)
        return self._memory.forward(call, ask, recall, sink, lambda way: self._send(call, ask, target, way))

    def _send(self, call: Call, ask: Any, target: Goal | Catalogue, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        cache = self._cache
        if cache is not None and type(target) in CACHED and (rule := cache.rule(call, ask)) is not None:
            return cache.forward(call, ask, cast("Goal", target), rule, sink)
        return target.forward(call, ask, sink)

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """The error as the caller's dialect has it, in a stream as its last bytes; None if only breaking off tells."""
        ask = exchange.ask
        if committed and not (isinstance(ask, Ask) and ask.streamed and not ask.listed):
            return None
        dialect = find_chat_dialect(dialect_of(exchange.request))
        if committed:
            return (Data(dialect.write_failure(error)),)
        return error_parts(error, dialect.write_error(error), dialect.error_fields(error.status))

    def _admitting(self, exchange: Exchange) -> Callable[[Action], None]:
        calls = self._calls
        return partial(calls.admit, exchange) if calls is not None else lambda _: None

    def _admit_prompt(self, call: Call, ask: Ask, made: Made) -> None:
        """Put a prompt on record; raises Forbidden to those who may not use it, and NotPortable."""
        if self._calls is not None:
            self._calls.authorize(call, self, ask, made.action)
        call.prompt = made.label
        tell_losses(call, made.losses, self._bounds.on_loss)

    def _places(self, name: str) -> list[Place]:
        """Where asks for a model may go, and what they cost there; raises ModelNotFound."""
        return [_place(each) for each in self._router.find(name).candidates]

    def _choose(self, call: Call, ask: Ask) -> list[Place]:
        """The same for one ask, best first, as rules, strategy and health have it; raises NoTarget, too."""
        return [_place(each) for each in self._router.find(ask.model).choose(call, ask)]


def _place(candidate: Candidate) -> Place:
    provider, _, model = candidate.name.partition("/")
    return Place(provider, model, candidate.sheet)


def _prepared(errand: Errand, call: Call) -> tuple[Errand]:
    errand.prepare(call)
    return (errand,)


def _refuse_demands(request: Request) -> None:
    """What is no ask for an answer has no choice of targets: a demand must not be lost without a word."""
    if b"require" in request.wishes:
        message = "`x-trigate-require` holds for asks that one of several targets may answer, not here"
        raise InvalidParameter(message, "x-trigate-require")


def _refuse_method(allowed: bytes) -> NoReturn:
    raise MethodNotAllowed(f"use {allowed.decode()} here", headers=((b"allow", allowed),))


@lru_cache(1024)
def _action(name: str, model: str) -> Action:
    return Action(name, f"model/{model}")
