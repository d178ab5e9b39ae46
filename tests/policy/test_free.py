"""What is remembered of who is held up by nothing never outlasts what it rests on."""

import asyncio
from typing import Any, cast

import msgspec
import pytest
from msgspec import structs

from tests.policy.limiting.stage import Stage as LimitStage
from tests.policy.limiting.stage import rate
from tests.policy.toys import BufferedRequest, FakeSpool, Stage, ToyAsk, ToyGuard
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import ContentBlocked, Forbidden, LimitReached
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Lane
from trigate.core.parts import Data
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Collector, NoIncoming
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.free import MOST_FREE, Free, remember
from trigate.policy.grants import LONGEST_KNOWN
from trigate.policy.guardrail import Guardrail
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.rule import Rule
from trigate.policy.rulebook import Rulebook
from trigate.store.directory import Document

ACTION = Action("api.request", "route/toy")


class Watched:
    """The rules, and what they were asked about."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.asked: list[Action] = []

    @property
    def rulebook(self) -> Rulebook:
        return self._access.rulebook

    def authorize(self, call: Call, lane: Lane, ask: Any) -> bool:
        self.asked.append(call.action)
        return self._access.authorize(call, lane, ask)


class Spine:
    """Calls under rules and limits that can be exchanged."""

    def __init__(self, *rules: Rule, limits: Limits | None = None) -> None:
        self.limiter = LimitStage().limiter
        self.access = Access(rules)
        self.lane = BufferedRequest(Stage())
        self.watched = Watched(self.access)
        self.asked = self.watched.asked
        self.limits = limits or self.limiter
        self.calls = self.guarded_by()

    def guarded_by(self, *guards: Guardrail) -> Calls:
        """Calls under the same rules and limits."""
        return Calls(cast(Access, self.watched), self.limits, guards, Recorder(FakeSpool()), Ids())

    async def run(
        self, principal: Principal, action: Action = ACTION, field: bytes = b"", text: str = "hello"
    ) -> bytes:
        signal = Signal(asyncio.get_running_loop())
        given = {field: b"1"} if field else {}
        request = Request(b"POST", b"/", b"/", b"", b"h", list(given.items()), given)
        exchange = Exchange("1", request, Peer("127.0.0.1"), signal, 0.0)
        exchange.principal = principal
        last = await self.calls.run(exchange, self.lane, action, ToyAsk(text), NoIncoming(signal), Collector(signal))
        assert isinstance(last, Data)
        return last.payload


def caller() -> Principal:
    return Principal("dev", frozenset({"api"}))


def rule(**written: Any) -> Document:
    return Document(kind="access", name="r", body=msgspec.json.encode(written))


async def test_who_is_held_up_by_nothing_is_asked_about_once() -> None:
    spine, principal = Spine(), caller()
    for _ in range(3):
        assert await spine.run(principal) == b"HELLO"
    assert spine.asked == [ACTION]
    other = Action("api.request", "route/other")
    await spine.run(principal, other)
    await spine.run(caller())
    assert spine.asked == [ACTION, other, ACTION]


async def test_a_rule_made_at_run_time_holds_for_the_very_next_call() -> None:
    spine, principal = Spine(), caller()
    await spine.run(principal)
    await spine.run(principal)
    spine.access.use_documents([rule(deny=["api.*"])])
    for _ in range(2):
        with pytest.raises(Forbidden):
            await spine.run(principal)
    spine.access.use_documents([])
    assert await spine.run(principal) == b"HELLO"


async def test_a_limit_made_at_run_time_holds_for_the_very_next_call() -> None:
    spine, principal = Spine(), caller()
    await spine.run(principal)
    await spine.run(principal)
    spine.limiter.replace(rate("key", requests=2).quotas())
    await spine.run(principal)
    await spine.run(principal)
    with pytest.raises(LimitReached):
        await spine.run(principal)
    spine.limiter.replace(())
    assert await spine.run(principal) == b"HELLO"


async def test_whoever_is_made_out_of_somebody_known_is_asked_about_anew() -> None:
    spine, principal = Spine(Rule(key="dev", allow=("*",))), caller()
    await spine.run(principal)
    with pytest.raises(Forbidden):
        await spine.run(structs.replace(principal, key="other", access=None, limits=None))
    await spine.run(principal)
    with pytest.raises(Forbidden):
        await spine.run(structs.replace(principal, lanes=frozenset(), access=None, limits=None))


async def test_a_rule_about_requests_is_asked_of_each() -> None:
    deny = Rule(deny=("api.*",), when='"x-bad" in request.headers')
    spine, principal = Spine(deny), caller()
    for _ in range(2):
        await spine.run(principal)
        with pytest.raises(Forbidden):
            await spine.run(principal, field=b"x-bad")
    allow = Rule(allow=("api.*",), when='"x-good" in request.headers')
    spine, principal = Spine(allow), caller()
    for _ in range(2):
        await spine.run(principal, field=b"x-good")
        with pytest.raises(Forbidden):
            await spine.run(principal)
    assert principal.free is None


async def test_rules_that_another_gateway_has_say_nothing_about_this_one() -> None:
    first, second, principal = Spine(), Spine(Rule(deny=("*",))), caller()
    await first.run(principal)
    with pytest.raises(Forbidden):
        await second.run(principal)


async def test_where_there_are_guards_nothing_passes_them() -> None:
    spine, principal = Spine(), caller()
    await spine.run(principal)
    spine.calls = spine.guarded_by(ToyGuard())
    for _ in range(2):
        with pytest.raises(ContentBlocked):
            await spine.run(principal, text="forbidden")


async def test_limits_that_cannot_tell_when_they_change_are_asked_each_time() -> None:
    spine, principal = Spine(limits=Limits()), caller()
    for _ in range(2):
        await spine.run(principal)
    assert spine.asked == [ACTION] * 2


def free_of(principal: Principal) -> Free | None:
    return principal.free


def test_what_is_remembered_is_bounded() -> None:
    principal, rulebook, book = caller(), Rulebook((), "allow"), object()
    remember(principal, rulebook, book, Action("llm.chat", "m" * (LONGEST_KNOWN + 1)))
    assert free_of(principal) is None
    for number in range(MOST_FREE + 1):
        remember(principal, rulebook, book, Action("llm.chat", f"model/{number}"))
        free = free_of(principal)
        assert free is not None
        assert len(free.actions) == number % MOST_FREE + 1


def test_what_is_remembered_of_other_rules_and_limits_is_forgotten() -> None:
    principal, rulebook = caller(), Rulebook((), "allow")
    remember(principal, rulebook, "limits", ACTION)
    for rules, limits in ((Rulebook((), "allow"), "limits"), (rulebook, "others")):
        other = Action("api.request", "route/other")
        remember(principal, rules, limits, other)
        free = free_of(principal)
        assert free is not None
        assert (free.rulebook, free.book, free.actions) == (rules, limits, {other})
