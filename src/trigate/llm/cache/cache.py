"""Gives answers that are kept; else lets the target answer, and keeps what it says."""

import re
from collections.abc import Mapping
from functools import lru_cache

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.core.parts import Data, Part
from trigate.core.shelf import Shelf
from trigate.core.spelling import spell
from trigate.core.stream import Sink
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.llm.cache.entry import FORM, Entry, is_whole, lasting, read_entry, write_entry
from trigate.llm.cache.fitness import may_be_kept
from trigate.llm.cache.key import Keys, asked
from trigate.llm.cache.recording import Recording
from trigate.llm.cache.replay import Follower, replay
from trigate.llm.cache.tenant import tenant_of
from trigate.llm.cache.wish import Wish, read_wish
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.goal import Goal
from trigate.llm.operation import Ask

MOST_PUTTING = 64
"""Answers on their way to a shelf; while there are so many, further ones are not kept."""
KEPT_BASES = 1024
HIT = "llm.cached"
"""Flags the record of a call that was answered so."""
_SAID = re.compile(rb"x-trigate-cache: [^\r]*\r\n(?:age: [0-9]+\r\n)?")
_FAILED = "llm.error_in_stream"


class Cache:
    """Stands between the lane and its targets; knows how answers of each model are kept."""

    __slots__ = ("_base", "_flights", "_grounds", "_keys", "_other", "_putting", "_rules", "_shelf", "_silence")

    def __init__(
        self,
        shelf: Shelf,
        rules: Mapping[str, CacheSettings | None],
        other: CacheSettings | None,
        grounds: tuple[Mapping[str, object], Mapping[str, object], object],
        surroundings: Surroundings,
        keep_alive: float,
    ) -> None:
        """`rules` by the names of models, `other` for those asked for as `provider/model`; `grounds` is what answers
        depend on: settings of models and of providers by name, and of the lane."""
        self._shelf = shelf
        self._rules = rules
        self._other = other
        self._grounds = grounds
        self._keys = Keys(surroundings.derive)
        self._silence = surroundings.deadlines, keep_alive
        self._flights: dict[str, Recording] = {}
        self._putting = 0
        self._base = lru_cache(KEPT_BASES)(self._find_base)

    def rule(self, call: Call, ask: Ask) -> CacheSettings | None:
        """How the answer is kept; None if it is not, as that of a call which another call makes."""
        return self._rules.get(ask.model, self._other) if call.parent is None else None

    async def forward(self, call: Call, ask: Ask, target: Goal, rule: CacheSettings, sink: Sink) -> Part:
        """Answer as `Target.forward` does; raises BadRequest for a wish that cannot be understood."""
        wish = read_wish(call.exchange.request)
        if not (wish.reads or wish.writes) or not may_be_kept(ask, rule):
            tell(call, b"bypass")
            return await target.forward(call, ask, sink)
        key = self._key(call, ask, target, rule, wish)
        if wish.reads:
            last = await self._answer(key, call, ask, rule, wish, sink)
            if last is not None:
                return last
        tell(call, b"miss")
        if not wish.writes:
            return await target.forward(call, ask, sink)
        return await self._record(key, call, ask, target, rule, wish, sink)

    def _key(self, call: Call, ask: Ask, target: Goal, rule: CacheSettings, wish: Wish) -> str:
        base = self._base(ask.model, "" if rule.any_target else target.name)
        tenant = "\0".join(tenant_of(call.principal, rule.per))
        return self._keys.key((rule.namespace, wish.namespace), (base, tenant, *asked(ask)))

    def _find_base(self, model: str, target: str) -> str:
        """What the answers of a model, or of one of its targets, depend on beside the ask: all that is configured."""
        models, providers, lane = self._grounds
        provider = target.partition("/")[0]
        chosen: object = providers.get(provider) if provider else providers
        return self._keys.digest((model, target, spell(models.get(model)), spell(chosen), spell(lane)))

    async def _answer(self, key: str, call: Call, ask: Ask, rule: CacheSettings, wish: Wish, sink: Sink) -> Part | None:
        """An answer that is kept, or being given; None if there is none."""
        flight = self._flights.get(key)
        if flight is None or not flight.open:
            entry, age = await self._look(key, rule, wish)
            if entry is not None:
                found(call, age)
                return await replay(entry, sink)
            flight = self._flights.get(key)  # somebody may have begun meanwhile
        if flight is None or not flight.open:
            return None
        found(call, 0)
        last = await Follower(flight, ask, sink, call.exchange.signal, self._silence).run()
        if last is None:
            call.target, call.first_byte, call.status = "", 0.0, 0
            call.flags.remove(HIT)
        return last

    async def _look(self, key: str, rule: CacheSettings, wish: Wish) -> tuple[Entry | None, int]:
        """What is on the shelf, and its age in seconds; a shelf that cannot be reached is an empty one."""
        try:
            raw = await self._shelf.get(key)
        except StoreUnavailable:
            return None, 0
        entry = read_entry(raw) if raw is not None else None
        if entry is None:
            return None, 0
        age = clock.wall_ns() / 1e9 - entry.made
        return (entry, max(0, int(age))) if age < rule.ttl and age <= wish.age else (None, 0)

    async def _record(  # noqa: PLR0913, PLR0917 - all that an answer has to do with
        self, key: str, call: Call, ask: Ask, target: Goal, rule: CacheSettings, wish: Wish, sink: Sink
    ) -> Part:
        recording = Recording(sink, call, rule.largest)
        if wish.reads and key not in self._flights:
            self._flights[key] = recording
        kept = False
        try:
            last = await target.forward(call, ask, recording)
            kept = _is_good(call, ask, last, recording) and self._keep(key, recording, target.name, rule, wish)
        finally:
            recording.close()
            if not kept:
                self._land(key, recording)
        return last

    def _keep(self, key: str, recording: Recording, target: str, rule: CacheSettings, wish: Wish) -> bool:
        """Have it put on the shelf; whether there is somebody to do that. Until then those who ask follow."""
        head, last = recording.head, recording.last
        if self._putting >= MOST_PUTTING or head is None or type(last) is not Data:
            return False
        entry = Entry(FORM, clock.wall_ns() / 1e9, target, lasting(head.headers), [*recording.blocks, last.payload])
        self._putting += 1
        spawn(self._put(key, recording, write_entry(entry), min(rule.ttl, wish.ttl)), "an answer is kept")
        return True

    async def _put(self, key: str, recording: Recording, value: bytes, ttl: float) -> None:
        try:
            await self._shelf.put(key, value, ttl)
        except StoreUnavailable:
            return
        finally:
            self._putting -= 1
            self._land(key, recording)

    def _land(self, key: str, recording: Recording) -> None:
        if self._flights.get(key) is recording:
            del self._flights[key]


def found(call: Call, age: int) -> None:
    """The call is answered without its target."""
    call.target, call.first_byte, call.status = "cache", clock.monotonic(), 200
    call.flags.append(HIT)
    tell(call, b"hit\r\nage: %d" % age)


def tell(call: Call, word: bytes) -> None:
    """Say in the answer's head how it came, in place of what was said before another target was tried."""
    edge = call.exchange.edge
    if edge is None or call.parent is not None:
        return
    edge.extra = b"%bx-trigate-cache: %b\r\n" % (_SAID.sub(b"", edge.extra), word)


def _is_good(call: Call, ask: Ask, last: Part, recording: Recording) -> bool:
    """Whether an answer is complete and may be given again; those who follow it get it in any case, if it is one."""
    head = recording.head
    if head is None or not (200 <= call.status < 300 and head.status == 200):
        return False
    whole = recording.finish(last) and type(last) is Data and _FAILED not in call.flags
    if not ask.streamed and type(last) is Data:
        whole = whole and is_whole(last.payload)
    return whole and not _is_cut(call, ask)


def _is_cut(call: Call, ask: Ask) -> bool:
    """Whether the answer may have been cut short by a limit that lowered the ask's own bound of its output."""
    if ask.most_output is None:
        return False
    usage = call.usage
    return usage.estimated or usage.output_tokens + usage.reasoning_tokens >= ask.most_output
