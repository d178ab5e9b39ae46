"""What passes through whatever stands in front of an end of an exchange."""

import asyncio

from tests.policy.toys import FakeEdge, FakeIncoming, FakeSpool, Stage
from trigate.core.parts import Data, Head
from trigate.core.passing import PassingIncoming, PassingSink
from trigate.core.signal import Signal


async def test_everything_about_a_callers_stream_but_its_parts_passes() -> None:
    inner = FakeIncoming(Signal(asyncio.get_running_loop()), Stage(), [Data(b"body")])
    passing = PassingIncoming(inner)
    assert (passing.signal, passing.size, passing.taken) == (inner.signal, 4, False)
    assert (passing.ready, passing.ended) == (True, False)
    assert await passing.read(10) == b"body"
    assert (passing.ready, passing.ended, passing.taken) == (False, True, True)


async def test_everything_about_the_way_to_a_caller_but_its_parts_passes() -> None:
    edge = FakeEdge(Signal(asyncio.get_running_loop()), Stage(), FakeSpool())
    passing = PassingSink(edge)
    assert (passing.signal, passing.committed, passing.left) == (edge.signal, False, False)
    edge.put(Head(200, []))
    edge.put(Data(b"abc"))
    edge.left, edge.ready = True, False
    passing.detached = True
    passing.flush()
    assert (passing.size, passing.committed, passing.left) == (3, True, True)
    assert (passing.ready, passing.detached, edge.detached) == (False, True, True)
