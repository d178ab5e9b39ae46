"""The models a caller may name, as OpenAI's API lists them."""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.parts import Data, Head, Part
from trigate.core.stream import Sink
from trigate.llm.error import ModelNotFound
from trigate.llm.settings import LlmSettings

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


class Catalogue:
    """Answers inquiries from the configuration, without asking any provider."""

    __slots__ = ("_cards", "_created", "_providers")

    def __init__(self, settings: LlmSettings) -> None:
        self._created = clock.wall_ns() // 10**9
        self._providers: Mapping[str, object] = settings.providers
        self._cards = {name: self._card(name, model.addresses()[0]) for name, model in settings.models.items()}

    async def forward(self, call: Call, ask: Inquiry, sink: Sink) -> Part:
        """Answer; raises ModelNotFound."""
        call.target = "catalogue"
        found = {"object": "list", "data": list(self._cards.values())} if ask.model == EVERY else self._find(ask.model)
        body = msgspec.json.encode(found)
        length = b"%d" % len(body)
        sink.begin(Head(200, [(b"content-type", b"application/json"), (b"content-length", length)]))
        return Data(body)

    def _find(self, name: str) -> ModelCard:
        card = self._cards.get(name)
        if card is not None:
            return card
        provider, _, model = name.partition("/")
        if model and provider in self._providers:
            return self._card(name, name)
        raise ModelNotFound(f"there is no model {name!r} here; GET /v1/models lists those there are")

    def _card(self, name: str, address: str) -> ModelCard:
        return ModelCard(name, self._created, address.partition("/")[0])


def inquired(name: bytes) -> Inquiry:
    """The inquiry for the model named in an address, where a slash may be escaped."""
    return Inquiry(unquote_to_bytes(name).decode(errors="replace") if name else EVERY)
