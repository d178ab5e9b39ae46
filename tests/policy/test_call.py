"""The promise of the spine, for every kind of exchange, every fault, and every step at which it can strike."""

import asyncio
from collections.abc import Callable

import pytest

from tests.policy.toys import LANES, Scene, ToyGuard
from trigate.core.errors import ExchangeStopped, StreamBroken, UpstreamTimeout
from trigate.core.parts import Data, Head, Message

MOST_STEPS = 60


def _settled_once(scene: Scene) -> None:
    """Every call that began is on record exactly once, written by the exchange's own task before the answer ended."""
    ids = [record["id"] for record in scene.spool.records]
    assert len(ids) == len(set(ids)) > 0
    assert set(scene.spool.tasks) == {scene.task}
    assert scene.edge.recorded_at_end == len(scene.spool.records)
    assert scene.edge.finished + scene.edge.aborted == 1


async def _strike_everywhere(kind: str, arm: Callable[[Scene], Callable[[], None]]) -> list[Scene]:
    """Play the scene again and again, the fault striking one step later each time, until it strikes no more."""
    struck: list[Scene] = []
    for step in range(MOST_STEPS):
        scene = Scene(kind)
        scene.stage.strike_at = step
        scene.stage.strike = arm(scene)
        await scene.play()
        _settled_once(scene)
        if scene.stage.passed <= step:
            assert step > 2
            return struck
        struck.append(scene)
    raise AssertionError("the scene never played to its end")


@pytest.mark.parametrize("kind", LANES)
async def test_an_undisturbed_exchange_is_settled_once_before_its_last_piece(kind: str) -> None:
    scene = Scene(kind)
    await scene.play()
    _settled_once(scene)
    assert {record["outcome"] for record in scene.spool.records} == {"ok"}
    assert scene.edge.finished == 1


@pytest.mark.parametrize("kind", LANES)
async def test_a_caller_who_leaves_at_any_step_is_settled_once(kind: str) -> None:
    def arm(scene: Scene) -> Callable[[], None]:
        return lambda: scene.edge.leave(scene.task) if scene.task else None

    for scene in await _strike_everywhere(kind, arm):
        assert scene.task is not None
        outcomes = {record["outcome"] for record in scene.spool.records}
        assert outcomes <= {"ok", "caller.left"}
        if scene.edge.aborted:
            assert scene.task.cancelled()
            assert "caller.left" in outcomes


@pytest.mark.parametrize("kind", LANES)
async def test_an_exchange_stopped_at_any_step_tells_its_caller_why(kind: str) -> None:
    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            assert scene.exchange is not None
            scene.exchange.stop(ExchangeStopped("the operator said so"))

        return strike

    for scene in await _strike_everywhere(kind, arm):
        assert scene.task is not None
        if scene.spool.records[-1]["outcome"] == "ok":
            continue  # it was already at its last piece
        assert not scene.task.cancelled()
        assert scene.spool.records[-1]["outcome"] == "gateway.stopped"
        if scene.edge.finished:
            first = scene.edge.parts[0]
            assert isinstance(first, Head)
            assert first.status == 503


@pytest.mark.parametrize("kind", LANES)
@pytest.mark.parametrize(
    "error", [UpstreamTimeout("too slow"), StreamBroken("cut"), ZeroDivisionError("a fault of ours")]
)
async def test_an_error_at_any_step_is_settled_once_and_told(kind: str, error: Exception) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))

    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            raise error

        return strike

    struck = await _strike_everywhere(kind, arm)
    for scene in struck:
        assert scene.spool.records[-1]["outcome"] == getattr(error, "code", "gateway.internal")
        if scene.edge.finished:
            text = b"".join(part.payload for part in scene.edge.parts if isinstance(part, Data))
            assert b"a fault of ours" not in text
    if isinstance(error, ZeroDivisionError):
        assert reported == [error] * len(struck)


@pytest.mark.parametrize("kind", LANES)
async def test_a_slow_caller_is_waited_for_at_any_step_and_loses_nothing(kind: str) -> None:
    whole = Scene(kind)
    await whole.play()

    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            scene.edge.ready = False

            def catch_up() -> None:
                scene.edge.ready = True
                scene.signal.notify()

            asyncio.get_running_loop().call_later(0.001, catch_up)

        return strike

    for scene in await _strike_everywhere(kind, arm):
        assert [type(part) for part in scene.edge.parts] == [type(part) for part in whole.edge.parts]
        assert {record["outcome"] for record in scene.spool.records} == {"ok"}


@pytest.mark.parametrize("kind", LANES)
async def test_a_slow_caller_who_then_leaves_is_settled_once(kind: str) -> None:
    def arm(scene: Scene) -> Callable[[], None]:
        def strike() -> None:
            scene.edge.ready = False
            asyncio.get_running_loop().call_soon(lambda: scene.edge.leave(scene.task) if scene.task else None)

        return strike

    await _strike_everywhere(kind, arm)


async def test_a_blocked_ask_is_never_forwarded() -> None:
    scene = Scene("buffered request", (ToyGuard(side="ask"),), [Data(b"something forbidden")])
    await scene.play()
    _settled_once(scene)
    assert scene.spool.records[0]["outcome"] == "guardrail.blocked"
    assert scene.spool.records[0].get("attempts", 0) == 0
    assert isinstance(scene.edge.parts[0], Head)
    assert scene.edge.parts[0].status == 403


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("side", ["ask", "answer"])
async def test_in_a_two_way_exchange_each_message_is_guarded_by_the_side_that_said_it(side: str, position: int) -> None:
    sides = ["ask", "answer", "ask"]
    messages = [Message(said, b"forbidden" if at == position else b"fine") for at, said in enumerate(sides)]  # type: ignore[arg-type]
    scene = Scene("two-way", (ToyGuard(side=side),), list(messages))  # type: ignore[arg-type]
    await scene.play()
    _settled_once(scene)
    blocked = scene.spool.records[0]["outcome"] == "guardrail.blocked"
    # What the caller says on the answering side is answered on that side, too: the echo is an answer in any case.
    assert blocked == (sides[position] == side or side == "answer")
    if blocked and sides[position] == side:
        assert "forbidden" not in scene.lane.seen


@pytest.mark.parametrize("kind", LANES)
async def test_a_guard_that_fails_at_any_step_blocks(kind: str) -> None:
    for step in range(MOST_STEPS):
        scene = Scene(kind)
        guard = ToyGuard(stage=scene.stage)
        scene.calls._guards = (guard,)  # pyright: ignore[reportPrivateUsage] - the scene must exist before its guard does
        scene.stage.strike_at = step

        def strike() -> None:
            raise ValueError("the guard is broken")

        scene.stage.strike = strike
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        await scene.play()
        _settled_once(scene)
        if scene.stage.passed <= step:
            return
        assert scene.spool.records[-1]["outcome"] in {"guardrail.blocked", "gateway.internal"}


async def test_a_child_call_names_its_parent_and_never_outranks_it() -> None:
    scene = Scene("call of calls")
    await scene.play()
    children, parent = scene.spool.records[:-1], scene.spool.records[-1]
    assert len(children) == 3
    assert {child["parent"] for child in children} == {parent["id"]}
    assert {child["key"] for child in children} == {parent["key"]}
    assert {child["exchange"] for child in children} == {parent["exchange"]}


class TwoTargets:
    """Makes the first attempt fail, with or without something sent or read before."""

    def __init__(self, scene: Scene, sent: bool, read: bool) -> None:
        self.attempts = 0
        self.sent, self.read = sent, read
        self.inner = scene.lane.forward
        scene.lane.targets = lambda call, ask: ("first", "second")  # type: ignore[method-assign]
        scene.lane.forward = self.forward  # type: ignore[method-assign]

    async def forward(self, call, ask, target, incoming, sink):  # type: ignore[no-untyped-def]
        self.attempts += 1
        if target == "first":
            if self.read:
                await incoming.next()
            if self.sent:
                await sink.send(Head(200, []))
            raise UpstreamTimeout("the first is slow")
        return await self.inner(call, ask, target, incoming, sink)


@pytest.mark.parametrize(("sent", "read", "attempts"), [(False, False, 2), (True, False, 1), (False, True, 1)])
async def test_the_next_target_is_tried_only_while_nothing_was_committed_or_consumed(
    sent: bool, read: bool, attempts: int
) -> None:
    scene = Scene("streaming upload")
    two = TwoTargets(scene, sent, read)
    await scene.play()
    _settled_once(scene)
    assert two.attempts == attempts
    assert scene.spool.records[0]["attempts"] == attempts
    assert scene.spool.records[0]["outcome"] == ("ok" if attempts == 2 else "upstream.timeout")


async def test_a_call_without_a_principal_is_refused() -> None:
    scene = Scene("buffered request")
    scene.serve._authenticators = ()  # pyright: ignore[reportPrivateUsage]
    await scene.play()
    _settled_once(scene)
    assert scene.spool.records[0]["outcome"] == "auth.invalid"
