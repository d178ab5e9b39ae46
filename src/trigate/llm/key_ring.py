"""The keys of one provider: which one the next request goes with, and which takes over when it is refused."""

from collections.abc import Sequence

from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.parts import Headers
from trigate.core.surroundings import Surroundings
from trigate.llm.api_key import ApiKey
from trigate.llm.error import KeysUsedUp, NotOffered
from trigate.llm.fault import CULPRITS, Fault
from trigate.llm.key import Key
from trigate.llm.provider import Provider
from trigate.llm.refusal import Refusal
from trigate.outbound.request import Block
from trigate.policy.glob import Globs

MOST_TURNS = 8
"""Keys that one attempt tries at most."""


class Grip(Struct, eq=False):
    """A key, and what is needed to use it here."""

    name: str
    key: Key
    fields: Block
    query: bytes
    """The parameter that the key travels in; empty if that is a field."""
    models: Globs | None
    """None for all."""
    step: float
    """How far a use moves it: the heavier, the less."""
    place: float = 0.0
    """Who stands furthest back goes next, so that each is used by its weight."""


class KeyRing:
    """All keys of a provider."""

    __slots__ = ("_grips", "name")

    def __init__(self, name: str, provider: Provider, fields: Headers, surroundings: Surroundings) -> None:
        """`fields` go out with every request, beside those of the key."""
        self.name = name
        self._grips = tuple(self._grip(each, provider, fields, surroundings) for each in provider.all_keys())

    def serving(self, model: str) -> tuple[Grip, ...]:
        """The keys that may be used for a model."""
        return tuple(each for each in self._grips if each.models is None or each.models.fit(model))

    def _grip(self, own: ApiKey, provider: Provider, fields: Headers, surroundings: Surroundings) -> Grip:
        settings = self.name, provider.origin(), own.key, own.limits, provider.health
        key = surroundings.keep.adopt("llm.key", settings, lambda: Key(own.limits, provider.health))
        block = Block([*fields, *provider.credentials_with(own.key)])
        query = provider.query(own.key)
        return Grip(own.name, key, block, query, Globs(own.models) if own.models else None, 1 / own.weight)


class KeyTurn:
    """The keys that one attempt goes through."""

    __slots__ = ("_begun", "_grip", "_grips", "_model", "_tokens", "_tried")

    def __init__(self, provider: str, model: str, grips: Sequence[Grip], tokens: int) -> None:
        """Takes the key whose turn it is; raises KeysUsedUp if none has room for `tokens`, NotOffered without keys."""
        self._model = model
        self._grips = grips
        self._tokens = tokens
        self._tried: list[Grip] = []
        now = clock.monotonic()
        grip = _next(grips, model, tokens, now) or _soonest(grips, model, tokens, now)
        if grip is None:
            raise _no_room(provider, model, grips, tokens, now)
        self._take(grip)

    @property
    def fields(self) -> Block:
        """What goes out with the request."""
        return self._grip.fields

    @property
    def query(self) -> bytes:
        """The parameter of the query that the key of the moment travels in."""
        return self._grip.query

    def passes(self, refusal: Refusal) -> bool:
        """After a refusal: whether another key has taken over, with which to ask once more."""
        if CULPRITS[refusal.fault] != "key":
            return False
        self.accuse(refusal.fault, refusal.error.retry_after, refusal.head.status)
        if len(self._tried) >= MOST_TURNS:
            return False
        now = clock.monotonic()
        left = [each for each in self._grips if each not in self._tried]
        grip = _next(left, self._model, self._tokens, now)
        if grip is None:
            return False
        self._give_back(-self._tokens)
        self._take(grip)
        return True

    def accuse(self, fault: Fault, retry_after: float | None, status: int = 200) -> None:
        """The key was refused; `status` is 200 where a stream says so."""
        self._grip.key.accuse(self._model, fault, status, retry_after)

    def answered(self) -> None:
        """The request was let in."""
        self._grip.key.answered(self._model, self._begun)

    def end(self, tokens: int) -> None:
        """The attempt is over, and has used so many tokens."""
        self._give_back(tokens - self._tokens)

    def _take(self, grip: Grip) -> None:
        front = max(each.place for each in self._grips)
        # Whoever comes back from a rest does not make up for it.
        grip.place = max(grip.place, front - max(each.step for each in self._grips)) + grip.step
        self._grip = grip
        self._tried.append(grip)
        self._begun = grip.key.begin(self._model, self._tokens)

    def _give_back(self, surplus: int) -> None:
        self._grip.key.end(self._model, surplus, clock.monotonic())


def is_open(grips: Sequence[Grip], model: str, now: float) -> bool:
    """Whether one of the keys can be used for a model now."""
    return any(each.key.opens(model) <= now and not each.key.wait(0, now) for each in grips)


def opening(grips: Sequence[Grip], model: str, now: float) -> float:
    """When one of the keys can be used again (monotonic seconds)."""
    return min((max(each.key.opens(model), now + each.key.wait(0, now)) for each in grips), default=now)


def _next(grips: Sequence[Grip], model: str, tokens: int, now: float) -> Grip | None:
    """Whose turn it is among those that neither rest nor lack room."""
    ready = [each for each in grips if each.key.opens(model) <= now and not each.key.wait(tokens, now)]
    return min(ready, key=_place, default=None)


def _soonest(grips: Sequence[Grip], model: str, tokens: int, now: float) -> Grip | None:
    """When all rest: the one that has rested most, for it is better to try than to refuse."""
    ready = [each for each in grips if not each.key.wait(tokens, now)]
    return min(ready, key=lambda each: each.key.opens(model), default=None)


def _place(grip: Grip) -> float:
    return grip.place + grip.step


def _no_room(provider: str, model: str, grips: Sequence[Grip], tokens: int, now: float) -> NotOffered | KeysUsedUp:
    if not grips:
        return NotOffered(f"no key of provider {provider!r} is for the model {model!r}")
    return KeysUsedUp(
        f"the limits of all keys of provider {provider!r} are reached; try again later",
        retry_after=min(each.key.wait(tokens, now) for each in grips),
    )
