"""The asks of a batch: each understood as if it were sent alone, and written as its provider gets it."""

from collections.abc import Callable
from typing import NoReturn

from msgspec import Raw

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import BadRequest
from trigate.llm.address import OPERATIONS
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import MediaBounds
from trigate.llm.member import write_members
from trigate.llm.operation import Address, Ask, Operation, read_flag
from trigate.llm.output_bound import COMPLETION
from trigate.llm.price import Price
from trigate.llm.resource.handle import handles_in, replace_handles
from trigate.llm.resource.kept import Share, write
from trigate.llm.resource.premises import Place, Premises
from trigate.llm.way import find_way

MOST_ASKS = 100_000
"""Asks of one batch."""
ALONE = ("models", "fallbacks", "previous_response_id", "conversation")
"""Members of asks that lead to other asks."""
NULL = Raw(b"null")
BY_PATH: dict[str, Operation] = {each.path.decode(): each for each in OPERATIONS if each.path}
BY_NAME: dict[str, Operation] = {each.name: each for each in OPERATIONS}

Resolve = Callable[[str], str]
"""What a provider calls what the caller knows by an identifier of ours; raises HandleUnknown."""


class Plan:
    """One batch for one provider."""

    __slots__ = ("_call", "_count", "_premises", "_provider", "_resolve", "_shares")

    def __init__(self, call: Call, premises: Premises, provider: str, resolve: Resolve) -> None:
        """`call` is that of whoever makes the batch: rules may look at it."""
        self._call = call
        self._premises = premises
        self._provider = provider
        self._resolve = resolve
        self._shares: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._count = 0

    def add(self, operation: Operation, body: bytes) -> bytes:
        """One ask more, as the provider gets it; raises BadRequest, ModelNotFound."""
        self._count += 1
        if self._count > MOST_ASKS:
            self._refuse(f"a batch has at most {MOST_ASKS} asks")
        if handles_in(body):
            body = replace_handles(body, self._resolve)
        try:
            ask = operation.decode(body, Address(operation))
            if ask.streamed:
                self._refuse("an ask of a batch cannot be streamed")
            self._check(ask)
            place = self._place(operation, ask)
            self._charge(operation, ask, place)
        except BadRequest as error:
            raise InvalidParameter(f"ask {self._count} of the batch: {error.message}", "requests") from None
        return ask.write(Raw(write(place.model)), counts_streams=False)

    @property
    def shares(self) -> tuple[Share, ...]:
        """What came together for each model."""
        return tuple(
            Share(asked, name, model, asks, cost) for (asked, name, model), (asks, cost) in self._shares.items()
        )

    def _check(self, ask: Ask) -> None:
        """What is more than one ask, or goes on from another one, is not known by whoever answers batches."""
        for name in ALONE:
            if ask.members.get(name, NULL) != NULL:
                self._refuse(f"an ask of a batch stands alone: `{name}` cannot be part of it")
        if "background" in ask.members and read_flag(ask.members, "background"):
            self._refuse("an ask of a batch is answered in the background anyhow: leave `background` out")

    def _place(self, operation: Operation, ask: Ask) -> Place:
        """The best target for it at this provider that takes such asks as they are."""
        premises, model = self._premises, ask.model
        if premises.calls is not None:
            premises.calls.admit(self._call.exchange, Action(operation.action, f"model/{model}"))
        places = premises.choose(self._call, ask)
        for place in places:
            provider = self._premises.wires[place.provider].site.provider
            way = find_way(operation, provider, place.model) if place.provider == self._provider else None
            if way is not None and way.direct:
                return place
        others = ", ".join(dict.fromkeys(each.provider for each in places))
        self._refuse(
            f"model {model!r} cannot be asked in batches of provider {self._provider!r}; it is served by {others}:"
            " `?provider=NAME` says where a file goes"
        )

    def _charge(self, operation: Operation, ask: Ask, place: Place) -> None:
        key = (ask.model, operation.name, place.model)
        asks, cost = self._shares.get(key, (0, 0))
        if place.sheet is None or cost < 0:
            self._shares[key] = (asks + 1, -1)
            return
        batch = place.sheet.batch
        most = most_cost(ask, batch or place.sheet.price(), self._premises.media)
        if batch is None:
            most = discounted(most, self._premises.settings.batch_price)
        self._shares[key] = (asks + 1, cost + most)

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidParameter(message, "requests")


def most_cost(ask: Ask, price: Price, media: MediaBounds) -> int:
    """The most nano-dollars that an ask will probably cost."""
    operation, output = ask.operation, 0
    if operation.answers_at_length:
        bound = operation.output_bound(ask.members)
        output = bound.most(COMPLETION) or bound.likely(COMPLETION)
    return price.most(ask.extent(media).most, output)


def discounted(cost: int, percent: int) -> int:
    """What a batch costs of what `cost` nano-dollars are otherwise, half a nano-dollar rounded up."""
    return (cost * percent + 50) // 100


def rewritten(line: dict[str, Raw], name: str, body: bytes) -> bytes:
    """A line of a batch with another ask in it."""
    return write_members({**line, name: Raw(body)})
