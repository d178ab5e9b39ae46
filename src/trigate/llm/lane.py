"""The lane for model traffic, as the spine sees it."""

from collections.abc import Sequence
from functools import lru_cache
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import GatewayError, MethodNotAllowed, UnsupportedMediaType
from trigate.core.exchange import Exchange
from trigate.core.lane import Encode, Match
from trigate.core.parts import Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.llm.catalogue import Catalogue, Inquiry, inquired
from trigate.llm.envelope import error_parts
from trigate.llm.error import ModelNotFound
from trigate.llm.header import to_provider
from trigate.llm.operation import Ask, Operation
from trigate.llm.operations.openai_chat import OpenAIChat
from trigate.llm.operations.openai_embeddings import OpenAIEmbeddings
from trigate.llm.price_book import PriceBook
from trigate.llm.price_settings import PriceSettings
from trigate.llm.settings import LlmSettings, Model
from trigate.llm.target import Bounds, Site, Target
from trigate.outbound.client import Client
from trigate.policy.argument import Arguments

if TYPE_CHECKING:
    from trigate.policy.call import Calls

OPERATIONS: tuple[Operation, ...] = (OpenAIChat(), OpenAIEmbeddings())
MODELS = b"/v1/models"
KEPT_TARGETS = 1024
"""Models asked for as `provider/model` whose targets are kept."""
DROP_IN = b"/openai"
"""Prefix under which the same addresses are found, for programs that are given nothing but another base URL."""


class LlmLane:
    """Model traffic: OpenAI's API in front, providers of the same API behind."""

    name = "llm"
    encode: Encode | None = None
    """Parts are in the caller's dialect already."""
    __slots__ = ("_bounds", "_catalogue", "_direct", "_models", "_posts", "_prices", "_sites")

    def __init__(
        self, settings: LlmSettings, client: Client, surroundings: Surroundings, calls: "Calls | None" = None
    ) -> None:
        drain = float(settings.drain_limit) if settings.on_leave == "drain" else None
        self._bounds = Bounds(settings.max_answer, settings.max_event, settings.keep_alive, settings.media, drain)
        uses = [each.action for each in OPERATIONS]
        self._catalogue = Catalogue(settings, uses, calls.may if calls is not None else None)
        deadlines = surroundings.deadlines
        self._sites = {name: Site(name, each, client, deadlines) for name, each in settings.providers.items()}
        self._prices = PriceBook(settings)
        self._direct = lru_cache(KEPT_TARGETS)(self._find_target)
        self._models = {name: self._targets_of(model) for name, model in settings.models.items()}
        self._posts = {
            each.path: Match(self, each.action, "buffer", settings.max_body, (each, b"")) for each in OPERATIONS
        }

    def match(self, request: Request) -> Match | None:
        """Closed list of addresses, with or without the drop-in prefix; raises MethodNotAllowed."""
        path = request.path
        found = self._posts.get(path)
        if found is None and path.startswith(b"/openai/"):
            path = path[len(DROP_IN) :]
            found = self._posts.get(path)
        if found is not None:
            return _with_fields(found, request) if request.method == b"POST" else _refuse_method(b"POST")
        if path == MODELS or path.startswith(b"/v1/models/"):
            if request.method not in (b"GET", b"HEAD"):
                _refuse_method(b"GET, HEAD")
            return Match(self, "llm.models.list", "none", 0, inquired(path[len(MODELS) + 1 :]))
        return None

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """Understand the ask; raises BadRequest."""
        detail = match.detail
        if type(detail) is Inquiry:
            return _action("llm.models.list", detail.model), detail
        require_json(exchange.request.fields)
        operation, carried = detail
        ask = exchange.ask = operation.decode(body)
        ask.carried = carried
        return _action(operation.action, ask.model), ask

    def targets(self, call: Call, ask: Ask | Inquiry) -> Sequence[Target | Catalogue]:
        """The targets of the model's configured name, or of `provider/model`; raises ModelNotFound."""
        if type(ask) is Inquiry:
            return (self._catalogue,)
        found = self._models.get(ask.model)
        return found if found is not None else (self._direct(ask.model),)

    def demand(self, call: Call, ask: Ask | Inquiry, target: Any) -> Demand:
        """Tokens and price of an ask for a model; raises InvalidParameter. A list of models is free."""
        return NO_DEMAND if type(ask) is Inquiry else target.demand(ask)

    def arguments(self, ask: Ask | Inquiry) -> Arguments | None:
        """The members of the body, such as `temperature` and `max_tokens`."""
        return Arguments(ask.members) if type(ask) is Ask else None

    def forward(
        self, call: Call, ask: Any, target: Target | Catalogue, incoming: Incoming, sink: Sink
    ) -> "CoroutineType[Any, Any, Part]":
        """Let the target answer."""
        return target.forward(call, ask, sink)

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """OpenAI's `{"error": …}`, in a stream as its last event; None if an answer of another form is half sent."""
        if committed and not (type(exchange.ask) is Ask and exchange.ask.streamed):
            return None
        return error_parts(error, committed=committed)

    def _targets_of(self, model: Model) -> tuple[Target, ...]:
        addresses = model.addresses()
        return tuple(
            self._target(each, model.price, last=place == len(addresses)) for place, each in enumerate(addresses, 1)
        )

    def _target(self, address: str, price: PriceSettings | None, *, last: bool) -> Target:
        provider, _, model = address.partition("/")
        sheet = self._prices.sheet(provider, model, price)
        return Target(self._sites[provider], model, sheet, self._bounds, last=last)

    def _find_target(self, name: str) -> Target:
        provider, _, model = name.partition("/")
        if not model or provider not in self._sites:
            raise ModelNotFound(f"there is no model {name!r} here; GET /v1/models lists those there are")
        return self._target(name, None, last=True)


def require_json(fields: dict[bytes, bytes]) -> None:
    """Raises UnsupportedMediaType unless a body is plain JSON; a missing content-type is taken for JSON."""
    form = fields.get(b"content-type", b"application/json")
    if form != b"application/json" and form.partition(b";")[0].strip().lower() != b"application/json":
        raise UnsupportedMediaType("send the body as JSON, with `content-type: application/json`")
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("send the body without a content-encoding")


def _with_fields(found: Match, request: Request) -> Match:
    """The match, with the caller's fields that go upstream."""
    carried = to_provider(request)
    return Match(found.lane, found.route, found.body, found.limit, (found.detail[0], carried)) if carried else found


def _refuse_method(allowed: bytes) -> Match:
    raise MethodNotAllowed(f"use {allowed.decode()} here", headers=((b"allow", allowed),))


@lru_cache(1024)
def _action(name: str, model: str) -> Action:
    return Action(name, f"model/{model}")
