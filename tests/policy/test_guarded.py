"""What a verdict does, at both ends of an exchange."""

from typing import Any

import pytest

from tests.policy.toys import FakeEdge, FakeIncoming, FakeSpool, Stage
from trigate.core.errors import ContentBlocked
from trigate.core.parts import Data, Head, Message
from trigate.core.verdict import Content, Flag, Rewrite, Verdict
from trigate.policy.guarded import GuardedIncoming, GuardedSink, Guards
from trigate.policy.guardrail import Guardrail


class Redact(Guardrail):
    """Replaces every text."""

    async def check(self, content: Content, side: str, call: Any) -> Verdict:
        return Rewrite(["•" for _ in content.texts()])


class Mark(Guardrail):
    """Marks the call with the side it saw."""

    async def check(self, content: Content, side: str, call: Any) -> Verdict:
        return Flag(side)


class Broken(Guardrail):
    """Fails."""

    async def check(self, content: Content, side: str, call: Any) -> Verdict:
        raise RuntimeError("secret detail")


class Flags:
    def __init__(self) -> None:
        self.flags: list[str] = []


async def test_what_the_caller_sends_is_rewritten_before_the_lane_reads_it() -> None:
    incoming = FakeIncoming(None, Stage(), [Message("ask", b"my card"), Data(b"bytes")])  # type: ignore[arg-type]
    guarded = GuardedIncoming(Guards((Redact(),), Flags()), incoming)  # type: ignore[arg-type]
    assert await guarded.next() == Message("ask", "•".encode())
    assert await guarded.next() == Data(b"bytes")
    assert await guarded.next() is None
    assert guarded.taken
    assert guarded.ended


async def test_what_the_lane_sends_is_rewritten_before_the_caller_sees_it() -> None:
    edge = FakeEdge(None, Stage(), FakeSpool())  # type: ignore[arg-type]
    guarded = GuardedSink(Guards((Redact(),), Flags()), edge)  # type: ignore[arg-type]
    await guarded.send(Head(200, []))
    await guarded.send(Message("answer", b"your card"))
    assert edge.parts == [Head(200, []), Message("answer", "•".encode())]
    assert guarded.committed
    guarded.detached = True
    assert edge.detached


async def test_a_message_is_judged_by_the_side_that_said_it() -> None:
    call = Flags()
    incoming = FakeIncoming(None, Stage(), [Message("answer", b"accepted")])  # type: ignore[arg-type]
    await GuardedIncoming(Guards((Mark(),), call), incoming).next()  # type: ignore[arg-type]
    assert call.flags == ["answer"]


async def test_a_guard_that_fails_blocks_and_shows_nothing_of_its_failure() -> None:
    with pytest.raises(ContentBlocked) as blocked:
        await Guards((Broken(),), Flags()).check(Message("ask", b"x"), "ask")  # type: ignore[arg-type]
    assert "secret detail" not in blocked.value.message
