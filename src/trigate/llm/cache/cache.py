"""Gives answers that are kept; else lets the target answer, and keeps what it says."""

import re
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from trigate.core.bus import BusStream
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.parts import Data, Part
from trigate.core.shelf import ALL, Shelf
from trigate.core.spelling import spell
from trigate.core.stream import Sink
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.llm.cache.case import Case
from trigate.llm.cache.embedding import Embedder
from trigate.llm.cache.entry import FORM, Entry, is_whole, lasting, read_entry, write_entry
from trigate.llm.cache.fitness import may_be_kept
from trigate.llm.cache.key import Keys, asked
from trigate.llm.cache.recording import Recording
from trigate.llm.cache.replay import Follower, replay
from trigate.llm.cache.semantic import Semantic
from trigate.llm.cache.tenant import tenant_of
from trigate.llm.cache.wish import read_wish
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.goal import Goal
from trigate.llm.hedge import Hedge
from trigate.llm.operation import Ask, Steering
from trigate.llm.race import CUT

MOST_PUTTING = 64
"""Answers on their way to a shelf; while there are so many, further ones are not kept."""
KEPT_BASES = 1024
HIT = "llm.cached"
"""Flags the record of a call that was answered so."""
MEANT = "llm.cached_by_meaning"
"""And of one that was asked in other words."""
_SAID = re.compile(rb"x-trigate-cache: [^\r]*\r\n(?:age: [0-9]+\r\n)?")
_FAILED = "llm.error_in_stream"


class Policy(Struct, frozen=True):
    """How answers are kept, and what they depend on."""

    rules: Mapping[str, CacheSettings | None]
    """By the names of models."""
    other: CacheSettings | None
    """For models that are asked for as `provider/model`."""
    models: Mapping[str, object]
    """Settings by name, as `providers`."""
    providers: Mapping[str, object]
    common: object
    """Settings of the lane that change answers."""


class Cache:
    """Stands between the lane and its targets; knows how answers of each model are kept."""

    __slots__ = ("_base", "_flights", "_keys", "_policy", "_putting", "_semantic", "_shelf", "_silence")

    def __init__(
        self, shelf: Shelf, policy: Policy, surroundings: Surroundings, keep_alive: float, embedder: Embedder | None
    ) -> None:
        """`keep_alive` in seconds; without `embedder` nothing is looked for by its meaning."""
        self._shelf = shelf
        self._policy = policy
        self._keys = Keys(surroundings.derive)
        self._semantic = Semantic(shelf, self._keys, embedder) if embedder is not None else None
        self._silence = surroundings.deadlines, keep_alive
        self._flights: dict[str, Recording] = {}
        self._putting = 0
        self._base = lru_cache(KEPT_BASES)(self._find_base)

    def rule(self, call: Call, ask: Ask) -> CacheSettings | None:
        """How the answer is kept; None if it is not, as that of a call which another call makes."""
        policy = self._policy
        return policy.rules.get(ask.model, policy.other) if call.parent is None else None

    async def clear(self, stream: BusStream, opening: bytes) -> None:
        """Forget what is kept, in one namespace or in all: a service of the worker (core.bus.Service)."""
        beginning = "" if opening == ALL else self._keys.beginning(opening.decode("utf-8", "replace"))
        try:
            await self._shelf.clear(beginning)
        except StoreUnavailable:
            return

    async def forward(self, call: Call, ask: Ask, target: Goal, rule: CacheSettings, sink: Sink) -> Part:
        """Answer as `Target.forward` does; raises BadRequest for a wish that cannot be understood."""
        wish = read_wish(call.exchange.request)
        if not (wish.reads or wish.writes) or not may_be_kept(ask, rule):
            tell(call, b"bypass")
            return await target.forward(call, ask, sink)
        case = Case(call, ask, target, rule, wish, sink)
        base = self._base(ask.model, "" if rule.any_target or type(target) is Hedge else target.name)
        case.ground = base, repr(tenant_of(call.principal, rule.per))
        if ask.steering is not None and (ask.steering.demand is not None or ask.steering.preference is not None):
            # What others may answer is not for those who demand more, or want it from elsewhere.
            case.ground += (spell((ask.steering.demand, _wanted(ask.steering))),)
        case.key = self._keys.key(case.namespaces, (*case.ground, *asked(ask)))
        last = await self._answer(case)
        if last is not None:
            return last
        tell(call, b"miss")
        return await (self._record(case) if wish.writes else target.forward(call, ask, sink))

    def _find_base(self, model: str, target: str) -> str:
        """What the answers of a model, or of one of its targets, depend on beside the ask: all that is configured."""
        policy, provider = self._policy, target.partition("/")[0]
        chosen: object = policy.providers.get(provider) if provider else policy.providers
        return self._keys.digest((model, target, spell(policy.models.get(model)), spell(chosen), spell(policy.common)))

    async def _answer(self, case: Case) -> Part | None:
        """An answer that is kept, or being given, to this ask or to one that means the same; None if there is none."""
        last = await self._follow(case) if case.wish.reads else None
        if last is not None:
            return last
        if case.wish.reads and (last := await self._give(case, case.key)) is not None:
            return last
        settings = case.rule.semantic
        if settings is not None and self._semantic is not None and not case.wish.exact and case.call.attempts <= 1:
            case.sense = await self._semantic.sense(case.call, case.ask, settings, case.namespaces, case.ground)
            if case.sense is not None and case.wish.reads:
                near = await self._semantic.find(case.sense, settings)
                if near is not None and (last := await self._give(case, near[0], near[1])) is not None:
                    return last
        return await self._follow(case) if case.wish.reads else None  # somebody may have begun meanwhile

    async def _give(self, case: Case, key: str, nearness: float | None = None) -> Part | None:
        """What is on the shelf; None if there is nothing that will do."""
        entry, age = await self._look(key, case)
        if entry is None:
            return None
        found(case.call, age, nearness)
        return await replay(entry, case.sink)

    async def _follow(self, case: Case) -> Part | None:
        """What somebody else is being given; None if there is nothing, or it came to nothing."""
        flight, call = self._flights.get(case.key), case.call
        if flight is None or not flight.open or case.tired:
            return None
        found(call, 0)
        follower = Follower(flight, case.ask, case.sink, call.exchange.signal, self._silence, case.rule.patience)
        last = await follower.run()
        if last is None:
            case.tired = follower.tired
            call.target, call.first_byte, call.status = "", 0.0, 0
            call.flags.remove(HIT)
        return last

    async def _look(self, key: str, case: Case) -> tuple[Entry | None, int]:
        """What is on the shelf, and its age in seconds; a shelf that cannot be reached is an empty one."""
        try:
            raw = await self._shelf.get(key)
        except StoreUnavailable:
            return None, 0
        entry = read_entry(raw) if raw is not None else None
        if entry is None:
            return None, 0
        age = clock.wall_ns() / 1e9 - entry.made
        return (entry, max(0, int(age))) if age < case.rule.ttl and age <= case.wish.age else (None, 0)

    async def _record(self, case: Case) -> Part:
        recording = Recording(case.sink, case.call, case.rule.largest)
        if case.wish.reads and case.key not in self._flights:
            self._flights[case.key] = recording
        kept = False
        try:
            last = await case.target.forward(case.call, case.ask, recording)
            kept = _is_good(case, last, recording) and self._keep(case, recording)
        finally:
            recording.close()
            if not kept:
                self._land(case.key, recording)
        return last

    def _keep(self, case: Case, recording: Recording) -> bool:
        """Have it put on the shelf; whether there is somebody to do that. Until then those who ask follow."""
        head, last = recording.head, recording.last
        if self._putting >= MOST_PUTTING or head is None or type(last) is not Data:
            return False
        blocks = [*recording.blocks, last.payload]
        entry = Entry(FORM, clock.wall_ns() / 1e9, case.target.name, lasting(head.headers), blocks)
        self._putting += 1
        spawn(self._put(case, recording, write_entry(entry)), "an answer is kept")
        return True

    async def _put(self, case: Case, recording: Recording, value: bytes) -> None:
        settings = case.rule.semantic
        try:
            kept = await self._shelf.put(case.key, value, case.ttl)
            if kept and case.sense is not None and self._semantic is not None and settings is not None:
                await self._semantic.add(case.sense, case.key, case.ttl, settings)
        except StoreUnavailable:
            return
        finally:
            self._putting -= 1
            self._land(case.key, recording)

    def _land(self, key: str, recording: Recording) -> None:
        if self._flights.get(key) is recording:
            del self._flights[key]


def _wanted(steering: Steering) -> dict[str, bytes]:
    preference = steering.preference
    return {name: bytes(value) for name, value in preference.raw.items()} if preference is not None else {}


def found(call: Call, age: int, nearness: float | None = None) -> None:
    """The call is answered without its target; `nearness` of the question that was answered, unless it is the same."""
    call.target, call.first_byte, call.status = "cache", clock.monotonic(), 200
    call.flags.append(HIT)
    if nearness is not None:
        call.flags.append(MEANT)
    told = b"; nearness=%.4f" % nearness if nearness is not None else b""
    tell(call, b"hit%b\r\nage: %d" % (told, age))


def tell(call: Call, word: bytes) -> None:
    """Say in the answer's head how it came, in place of what was said before another target was tried."""
    edge = call.exchange.edge
    if edge is None or call.parent is not None:
        return
    edge.extra = b"%bx-trigate-cache: %b\r\n" % (_SAID.sub(b"", edge.extra), word)


def _is_good(case: Case, last: Part, recording: Recording) -> bool:
    """Whether an answer is complete and may be given again; those who follow it get it in any case, if it is one."""
    call, ask, head = case.call, case.ask, recording.head
    if head is None or not (200 <= call.status < 300 and head.status == 200):
        return False
    whole = recording.finish(last) and type(last) is Data and _FAILED not in call.flags
    if not ask.streamed and type(last) is Data:
        whole = whole and is_whole(last.payload)
    return whole and CUT not in call.flags and not ask.is_cut(call.usage)
