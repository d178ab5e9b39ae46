"""The models a caller may name, as the API lists them that the caller knows."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Head, Part
from trigate.core.stream import Sink
from trigate.llm.error import ModelNotFound
from trigate.llm.model_facts import UNKNOWN, ModelFacts
from trigate.llm.model_list import EVERY, Card, Inquiry, tell_list, tell_one
from trigate.llm.settings import LlmSettings

May = Callable[[Exchange, Action], bool]
"""Whether the caller of an exchange may do something."""

Facts = Callable[[str, str], ModelFacts | None]
"""What is known of a model of a provider."""


class Catalogue:
    """Answers inquiries from the configuration, without asking any provider.

    It shows the models that its reader may use for anything; a model that it does not show is not there.
    """

    __slots__ = ("_cards", "_created", "_facts", "_may", "_providers", "_uses", "_ways")

    def __init__(
        self, settings: LlmSettings, uses: Sequence[str] = (), may: May | None = None, facts: Facts | None = None
    ) -> None:
        """`uses` are the actions that models are there for; without `may` everybody sees everything."""
        self._uses, self._may, self._facts = tuple(uses), may, facts
        self._created = clock.wall_ns() // 10**9
        self._providers: Mapping[str, object] = settings.providers
        self._cards = {name: self._card(name, model.addresses()[0]) for name, model in settings.models.items()}
        self._ways = {name: self._actions(name) for name in self._cards}

    async def forward(self, call: Call, ask: Inquiry, sink: Sink) -> Part:
        """Answer; raises ModelNotFound, InvalidParameter."""
        call.target = "catalogue"
        exchange = call.exchange
        if ask.model == EVERY:
            found = tell_list(self._list(exchange), ask)
        else:
            found = tell_one(self._find(exchange, ask.model), ask.dialect)
        body = msgspec.json.encode(found)
        length = b"%d" % len(body)
        sink.begin(Head(200, [(b"content-type", b"application/json"), (b"content-length", length)]))
        return Data(body)

    def _list(self, exchange: Exchange) -> list[Card]:
        return [card for name, card in self._cards.items() if self._shows(exchange, self._ways[name])]

    def _find(self, exchange: Exchange, name: str) -> Card:
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

    def _card(self, name: str, address: str) -> Card:
        provider, _, model = address.partition("/")
        known = self._facts(provider, model) if self._facts is not None else None
        return Card(name, self._created, provider, known or UNKNOWN)
