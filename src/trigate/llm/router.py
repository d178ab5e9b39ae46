"""Finds the targets of every ask: by the names of models, by `provider/model`, and by the caller's own lists."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane
from trigate.core.surroundings import Surroundings
from trigate.llm.candidate import Candidate
from trigate.llm.choice import listed, named, without_lists
from trigate.llm.data_policy import DataPolicy
from trigate.llm.destination import Destination, is_target
from trigate.llm.elsewhere import Elsewhere
from trigate.llm.error import InvalidParameter, ModelNotFound
from trigate.llm.fact_book import FactBook
from trigate.llm.fault import PASSING, Fault
from trigate.llm.goal import Goal
from trigate.llm.hedge import Hedging
from trigate.llm.loss import Losses
from trigate.llm.mirror import Mirror
from trigate.llm.model import Model
from trigate.llm.model_facts import UNKNOWN
from trigate.llm.operation import Ask, Steering
from trigate.llm.portkey import read_config
from trigate.llm.preference import MEMBERS, Preference, read_preference
from trigate.llm.price_book import PriceBook
from trigate.llm.prompt_book import tell_losses
from trigate.llm.requirement import read_requirement
from trigate.llm.retry import Purse
from trigate.llm.room import Room
from trigate.llm.route import Route
from trigate.llm.sequel import Sequel
from trigate.llm.settings import LlmSettings
from trigate.llm.site import Site
from trigate.llm.target import Bounds, Target

if TYPE_CHECKING:
    from trigate.policy.call import Calls

KEPT_ROUTES = 1024
"""Models asked for as `provider/model` whose routes are kept."""


class Stock(Struct, frozen=True):
    """What targets are made of."""

    sites: Mapping[str, Site]
    prices: PriceBook
    facts: FactBook
    bounds: Bounds


class Router:
    """The routes of one configuration."""

    __slots__ = ("_around", "_calls", "_lane", "_purse", "_settings", "_stock", "direct", "routes")

    def __init__(
        self, settings: LlmSettings, stock: Stock, lane: Lane, calls: "Calls | None", surroundings: Surroundings
    ) -> None:
        self._settings = settings
        self._stock = stock
        self._lane = lane
        self._calls = calls
        self._around = surroundings
        self._purse = Purse(settings.retry_budget)
        self.routes = {name: self._route(name, model) for name, model in settings.models.items()}
        """By the names of models."""
        self.direct = lru_cache(KEPT_ROUTES)(self._direct)
        """The route of `provider/model`; raises ModelNotFound."""

    def find(self, model: str) -> Route:
        """The route of a model; raises ModelNotFound."""
        return self.routes.get(model) or self.direct(model)

    def choose(self, exchange: Exchange, ask: Ask) -> None:
        """Follow the caller's own lists of models, and what it demands of targets.

        Raises BadRequest, also for a form with a list, which its provider might follow; ModelNotFound; and Forbidden
        where one of the models is not for this caller: each is asked as a call of its own, but a list that cannot work
        is refused whole.
        """
        names, wishes, losses = list[str](), exchange.request.wishes, Losses()
        if ask.address.config:
            chosen = read_config(ask.address.config, ask.model)
            (ask.model, *names), losses = chosen.models, chosen.losses
        preference = _preference(ask, losses)
        if "models" in ask.members or "fallbacks" in ask.members:
            if ask.address.boundary:
                raise InvalidParameter(
                    "a form cannot list models; use the header field `x-trigate-fallbacks`", "models"
                )
            names += listed(ask.members)
            ask.body = without_lists(ask.members)
        if (said := wishes.get(b"fallbacks")) is not None:
            names += named(said)
        others = tuple(dict.fromkeys(each for each in names if each != ask.model))
        for each in others:
            if self._calls is not None:
                self._calls.admit(exchange, Action(ask.operation.action, f"model/{each}"))
            self.find(each)
        said = wishes.get(b"require")
        demand = read_requirement(said) if said is not None else None
        if preference is not None and preference.demand is not None:
            demand = preference.demand if demand is None else demand.joined(preference.demand)
        if others or losses or demand is not None or preference is not None:
            ask.steering = Steering(others=others, demand=demand, preference=preference, losses=losses)

    def steer(self, call: Call, ask: Ask, route: Route, steering: Steering | None) -> Iterable[Goal]:
        """The targets of one ask; raises NoTarget."""
        if steering is None:
            return route.goals(call, ask)
        if steering.goals:
            return steering.goals
        calls, demand, others = self._calls, steering.demand, list[Goal]()
        if calls is not None:
            left = len(steering.others)
            for each in steering.others:
                left -= 1
                others.append(Elsewhere(each, self._lane, calls, steering, leads_on=left > 0))
        if steering.losses:
            tell_losses(call, steering.losses, self._settings.on_loss)
        preference = steering.preference
        return route.goals(call, ask, others, demand, leads_on=steering.leads_on, preference=preference)

    def _direct(self, name: str) -> Route:
        provider = name.partition("/")[0]
        if not is_target(name) or provider not in self._stock.sites:
            raise ModelNotFound(f"there is no model {name!r} here; GET /v1/models lists those there are")
        return Route([self._candidate(Destination(target=name), None)], sequel=self._sequel(None))

    def _route(self, name: str, model: Model) -> Route:
        destinations = self._admitted(name, model)
        candidates = [self._candidate(each, model) for each in destinations]
        strategy = model.order()
        order = strategy.open(name, candidates) if len(candidates) > 1 or strategy.excludes else None
        return Route(candidates, order, self._sequel(model), fits=model.require.fit, mirror=self._mirror(model))

    def _admitted(self, name: str, model: Model) -> Sequence[Destination]:
        """The targets that meet what the model demands; raises ValueError if none does."""
        misses = {each.target: self._misses(model, each) for each in model.destinations()}
        for extra in model.extras():
            if missed := self._misses(model, Destination(target=extra)):
                raise ValueError(f"model {name!r}: {extra} does not meet `require`, as far as is known: {missed}")
        admitted = [each for each in model.destinations() if not misses[each.target]]
        if not admitted:
            found = "; ".join(f"{target}: {missed}" for target, missed in misses.items())
            raise ValueError(f"model {name!r}: no target meets `require`, as far as is known: {found}")
        return admitted

    def _misses(self, model: Model, destination: Destination) -> str:
        provider, _, name = destination.target.partition("/")
        facts = self._stock.facts.facts(provider, name) or UNKNOWN
        return model.require.misses(facts, self._policy(destination))

    def _policy(self, destination: Destination) -> DataPolicy:
        return destination.policy or self._settings.providers[destination.target.partition("/")[0]].policy

    def _candidate(self, destination: Destination, model: Model | None) -> Candidate:
        stock = self._stock
        provider, _, name = destination.target.partition("/")
        bounds = stock.bounds
        if model is not None and model.on_loss is not None:
            bounds = structs.replace(bounds, on_loss=model.on_loss)
        if model is not None and model.timeouts is not None:
            bounds = structs.replace(bounds, timeouts=model.timeouts)
        sheet = stock.prices.sheet(provider, name, model.price if model is not None else None)
        facts = stock.facts.facts(provider, name)
        site = stock.sites[provider]
        target = Target(site, name, sheet, bounds, facts)
        known, room = facts or UNKNOWN, self._room(destination)
        return Candidate(
            target, destination, sheet, site.max_tokens_field, bounds.media, known, self._policy(destination), room
        )

    def _room(self, destination: Destination) -> Room | None:
        requests, tokens = destination.requests_per_minute, destination.tokens_per_minute
        if requests is None and tokens is None:
            return None
        settings = (destination.target, requests, tokens)
        return self._around.keep.adopt(f"llm.room.{destination.target}", settings, lambda: Room(requests, tokens))

    def _sequel(self, model: Model | None) -> Sequel:
        settings = self._settings
        retries = (model.retries if model is not None else None) or settings.retries
        if retries is not None and not retries.attempts:
            retries = None
        hedging = self._hedging(model) if model is not None else None
        purse = self._purse if retries is not None or hedging is not None else None
        if model is None:
            return Sequel(retries=retries, purse=purse)
        special: dict[Fault, tuple[Candidate, ...]] = {
            fault: tuple(self._candidate(Destination(target=each), model) for each in names)
            for fault, names in model.special().items()
        }
        passing = PASSING if model.fallback_on is None else frozenset(model.fallback_on)
        return Sequel(passing=passing, special=special, retries=retries, purse=purse, hedging=hedging)

    def _hedging(self, model: Model) -> Hedging | None:
        if model.hedge is None or self._calls is None:
            return None
        return Hedging(model.hedge, self._purse, self._lane, self._calls)

    def _mirror(self, model: Model) -> Mirror | None:
        if model.mirror is None or self._calls is None:
            return None
        candidate = self._candidate(Destination(target=model.mirror.target), model)
        return Mirror(model.mirror, candidate, self._lane, self._calls, self._around.deadlines)


def _preference(ask: Ask, losses: Losses) -> Preference | None:
    """What the body says is preferred of providers, taken out of it; what nobody follows goes into `losses`."""
    if ask.address.boundary or ask.members.keys().isdisjoint(MEMBERS):
        return None
    preference = read_preference(ask.members)
    ask.say(ask.members)
    if preference is not None:
        losses.join(preference.losses)
    return preference
