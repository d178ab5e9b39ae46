"""A gateway with a toy handler, run as its own process by the tests: `python -m tests.process.toy FILE`.

What is to last does so until the test makes the file `release` beside the store's directory.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from trigate.config.config import Config
from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.errors import GatewayError
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.core.surroundings import Handler, Surroundings
from trigate.process import delivery, supervisor
from trigate.process.gateway import run_gateway

# At the end nobody should have to wait for long; but a test waits until the machine has found the time.
delivery.SHUTDOWN_SECONDS = supervisor.GRACE_SECONDS = 60.0


def build(config: Config, surroundings: Surroundings) -> Handler:
    """Answers who serves, streams until released, asks the control process, or records what it is sent."""
    names = ",".join(sorted(config.policy.keys))
    release = Path(config.store.directory).parent / "release"
    if "unbuildable" in names:
        raise ValueError("this can be found out only by building")
    if "slow" in names:
        linger(release)
    if "crash" in names:
        os._exit(9)

    async def handle(request: Request, peer: Peer, incoming: Incoming, edge: Edge) -> None:
        path = request.path
        if path == b"/stream":
            await stream(edge, release)
        elif path == b"/bus":
            await answer(edge, await ask_control(surroundings))
        elif path == b"/record":
            record = await incoming.read(1 << 20)
            await answer(edge, keep(surroundings, record))
        elif path == b"/hang":
            hang()
        elif path == b"/fault":
            raise RuntimeError("sk-canary")
        else:
            await answer(edge, f"{os.getpid()} {names}".encode())

    return handle


def linger(release: Path) -> None:
    print("building", file=sys.stderr, flush=True)
    while not release.exists():
        time.sleep(0.01)


def hang() -> None:
    while True:
        time.sleep(60)


def keep(surroundings: Surroundings, record: bytes) -> bytes:
    try:
        surroundings.spool.append(record)
    except GatewayError as error:
        return error.message.encode()
    return b"recorded"


async def answer(edge: Edge, body: bytes) -> None:
    await edge.send(Head(200, [(b"content-type", b"text/plain")]))
    edge.finish(Data(body))


async def stream(edge: Edge, release: Path) -> None:
    await edge.send(Head(200, [(b"content-type", b"text/plain")]))
    await edge.send(Data(b"begun "))
    edge.flush()
    while not release.exists():
        await asyncio.sleep(0.01)
    edge.finish(Data(b"end"))


async def ask_control(surroundings: Surroundings) -> bytes:
    try:
        bus = await surroundings.bus.open("pid")
        return await bus.receive() or b""
    except (BusClosed, GatewayError) as error:
        return str(error).encode()


async def tell_pid(stream: BusStream, opening: bytes) -> None:
    await stream.send(b"%d" % os.getpid())


def offer(config: Config, surroundings: Surroundings) -> Mapping[str, Service]:
    return {"pid": tell_pid}


if __name__ == "__main__":
    again = [sys.executable, *sys.orig_argv[1:]]
    sys.exit(run_gateway(sys.argv[1], build, offer, command=again))
