"""The models a caller may name, as OpenAI's API lists them."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Head, Part
from trigate.core.stream import Sink
from trigate.llm.error import ModelNotFound
from trigate.llm.settings import LlmSettings

May = Callable[[Exchange, Action], bool]
"""Whether the caller of an exchange may do something."""

EVERY = "*"
"""Asked for when no model is named."""


class ModelCard(Struct):
    """One model as OpenAI's API describes it."""

    id: str
    created: int
    """Seconds since the epoch: when this configuration was loaded."""
    owned_by: str
    object: str = "model"


class Inquiry(Struct, frozen=True):
    """An ask for one model's description, or for all."""

    model: str
    dialect: str = "openai_chat"
    """In which it was asked."""


class Catalogue:
    """Answers inquiries from the configuration, without asking any provider.

    It shows the models that its reader may use for anything; a model that it does not show is not there.
    """

    __slots__ = ("_cards", "_created", "_may", "_providers", "_uses", "_ways")

    def __init__(self, settings: LlmSettings, uses: Sequence[str] = (), may: May | None = None) -> None:
        """`uses` are the actions that models are there for; without `may` everybody sees everything."""
        self._uses, self._may = tuple(uses), may
        self._created = clock.wall_ns() // 10**9
        self._providers: Mapping[str, object] = settings.providers
        self._cards = {name: self._card(name, model.addresses()[0]) for name, model in settings.models.items()}
        self._ways = {name: self._actions(name) for name in self._cards}

    async def forward(self, call: Call, ask: Inquiry, sink: Sink) -> Part:
        """Answer; raises ModelNotFound."""
        call.target = "catalogue"
        exchange = call.exchange
        found = self._list(exchange) if ask.model == EVERY else self._find(exchange, ask.model)
        body = msgspec.json.encode(found)
        length = b"%d" % len(body)
        sink.begin(Head(200, [(b"content-type", b"application/json"), (b"content-length", length)]))
        return Data(body)

    def _list(self, exchange: Exchange) -> dict[str, object]:
        shown = [card for name, card in self._cards.items() if self._shows(exchange, self._ways[name])]
        return {"object": "list", "data": shown}

    def _find(self, exchange: Exchange, name: str) -> ModelCard:
        card = self._cards.get(name)
        if card is None:
            provider, _, model = name.partition("/")
            card = self._card(name, name) if model and provider in self._providers else None
        if card is not None and self._shows(exchange, self._ways.get(name) or self._actions(name)):
            return card
        raise ModelNotFound(f"there is no model {name!r} here; GET /v1/models lists those there are")

    def _shows(self, exchange: Exchange, ways: Sequence[Action]) -> bool:
        may = self._may
        return may is None or any(may(exchange, each) for each in ways)

    def _actions(self, name: str) -> tuple[Action, ...]:
        return tuple(Action(use, f"model/{name}") for use in self._uses)

    def _card(self, name: str, address: str) -> ModelCard:
        return ModelCard(name, self._created, address.partition("/")[0])


def inquired(name: bytes, dialect: str = "openai_chat") -> Inquiry:
    """The inquiry for the model named in an address, where a slash may be escaped."""
    return Inquiry(unquote_to_bytes(name).decode(errors="replace") if name else EVERY, dialect)
