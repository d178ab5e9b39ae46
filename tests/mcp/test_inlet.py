"""The input of a command: bounded in what waits, and given up only when nothing of it is read."""

import asyncio
from typing import Any, cast

import pytest

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.mcp import inlet
from trigate.mcp.fault import ServerFailed
from trigate.mcp.inlet import Inlet


class Pipe:
    """A writer whose other side reads when it is told to."""

    def __init__(self) -> None:
        self.transport = self
        self.written = bytearray()
        self.waiting = 0
        self.room = asyncio.Event()

    def write(self, text: bytes) -> None:
        self.written += text
        self.waiting += len(text)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    async def drain(self) -> None:
        if self.waiting:
            await self.room.wait()

    def read(self, count: int) -> None:
        self.waiting -= count


class Scene:
    def __init__(self) -> None:
        self.pipe, self.deadlines, self.jams = Pipe(), Deadlines(), 0
        self.inlet = Inlet(cast("asyncio.StreamWriter", cast("Any", self.pipe)), self.deadlines, 10.0, self.jam)

    def jam(self) -> None:
        self.jams += 1

    def wait(self) -> None:
        self.deadlines.sweep(self.inlet.deadline)


async def test_a_line_is_one_line():
    scene = Scene()
    scene.inlet.put(b'{"a":\r\n1}')
    assert scene.pipe.written == b'{"a":  1}\n'


async def test_a_command_that_reads_slowly_is_left_alone():
    scene = Scene()
    scene.inlet.put(b"x" * 99)
    assert clock.monotonic() < scene.inlet.deadline < NEVER
    for _ in range(3):
        scene.pipe.read(10)
        scene.wait()
    assert scene.jams == 0
    scene.pipe.read(70)
    scene.wait()
    assert (scene.jams, scene.inlet.deadline, len(scene.deadlines)) == (0, NEVER, 0)


async def test_one_that_reads_nothing_is_given_up_once():
    scene = Scene()
    scene.inlet.put(b"x" * 99)
    scene.pipe.read(10)
    scene.wait()
    scene.inlet.put(b"more")
    scene.wait()
    scene.wait()
    assert (scene.jams, len(scene.deadlines)) == (1, 0)


async def test_nothing_is_watched_while_all_is_read():
    scene = Scene()
    scene.pipe.write = lambda text: None  # type: ignore[method-assign]
    await scene.inlet.write(b"x")
    assert (scene.inlet.deadline, len(scene.deadlines)) == (NEVER, 0)


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inlet, "MOST_BYTES", 100)
    scene = Scene()
    scene.inlet.put(b"x" * 200)  # a single line may be as long as it is: its length is bounded elsewhere
    with pytest.raises(ServerFailed, match="does not read"):
        scene.inlet.put(b"x")
    assert len(scene.pipe.written) == 201


async def test_who_waits_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inlet, "MOST_WRITERS", 2)
    scene = Scene()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(scene.inlet.write(b"x")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ServerFailed, match="does not read"):
            await scene.inlet.write(b"y")
        scene.pipe.room.set()
    assert all(each.done() for each in waiting)
    assert scene.pipe.written == b"x\nx\n"
    await scene.inlet.write(b"z")
