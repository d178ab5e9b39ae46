"""One gateway for many tests: each test gets a place with an upstream of its own, so that none sees another's."""

import asyncio
import itertools
import os
import socket
from typing import Any, Self

import msgspec
import psutil

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.outbound.chaos import Chaos, Step
from tests.patience import PATIENCE
from trigate.core.clock import clock

PLACES = 64
PROVIDER_KEY = "provider-key-canary-4711"
PHASES = {"c": "connect", "t": "first_byte", "b": "between_bytes"}
TIMEOUTS = {kind: f"timeouts: {{ {phase}: 300ms }}" for kind, phase in PHASES.items()}
"""Of those who lose patience in one phase; only a test in which nothing more comes in that phase may use them."""


class Upstream(Chaos):
    """The scripted upstream of one place."""

    def __init__(self, listener: socket.socket, *scripts: list[Step], repeat: bool = False, tls: Any = None) -> None:
        super().__init__(*scripts, repeat=repeat, tls=tls)
        self._listener = listener

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, sock=self._listener, ssl=self._tls)
        self.port = self._listener.getsockname()[1]
        return self

    @property
    def received(self) -> bytes:
        """Everything that came over all connections."""
        return b"".join(talk.received for talk in self.talks)


class Place:
    """A number that routes `/sN/*`, `/uN/*` (upgrades), `/lN/*` (1 KiB), those of TIMEOUTS, and providers share."""

    def __init__(self, running: Gateway, number: int, listener: socket.socket) -> None:
        self.running, self.number, self.listener = running, number, listener
        self.request_id = f"place-{number}"

    def path(self, kind: str = "s", rest: str = "/x") -> str:
        """A path of one of the place's routes."""
        return f"/{kind}{self.number}{rest}"

    def upstream(self, *scripts: list[Step], repeat: bool = False, tls: Any = None) -> Upstream:
        """Scripts for the connections that the gateway opens, in order."""
        return Upstream(self.listener, *scripts, repeat=repeat, tls=tls)

    async def caller(self) -> Caller:
        """A new connection to the gateway."""
        return await Caller.connect(self.running.port)

    async def pass_by(self) -> None:
        """Let the gateway answer somebody else, so that it has had its turn to do what it should not."""
        for _ in range(2):
            async with await self.caller() as other:
                other.send(head("GET", "/nowhere"))
                assert (await other.answer()).status == 404

    async def record(self, **wanted: Any) -> dict[str, Any]:
        """The record of this place's request, as soon as it is in the access log."""
        return await record(self.running, request_id=self.request_id, **wanted)


class Stage:
    """A running gateway and its places."""

    def __init__(self, running: Gateway, listeners: list[socket.socket]) -> None:
        self.running = running
        self._places = iter([Place(running, number, each) for number, each in enumerate(listeners)])

    def place(self) -> Place:
        """The next unused place."""
        return next(self._places)


def listeners(count: int = PLACES) -> list[socket.socket]:
    """Sockets with addresses of their own, on which nobody listens yet: until then callers are refused."""
    found = [socket.socket() for _ in range(count)]
    for each in found:
        each.bind(("127.0.0.1", 0))
    return found


def staged(sockets: list[socket.socket], more: str = "") -> str:
    """The configuration of a stage."""
    routes, providers = list[str](), list[str]()
    for number, each in enumerate(sockets):
        target = f"targets: ['http://127.0.0.1:{each.getsockname()[1]}']"
        extras = {"s": "", "u": "upgrade: [websocket]", "l": "max_body: 1KiB", **TIMEOUTS}
        for kind, extra in extras.items():
            name = f"{kind}{number}"
            routes.append(f"    {name}: {{ match: {{ path: /{name}/* }}, {target}, {extra} }}")
        base = f"kind: openai, base_url: 'http://127.0.0.1:{each.getsockname()[1]}/v1', api_key: {PROVIDER_KEY}"
        providers.append(f"    s{number}: {{ {base} }}")
        providers += [f"    {kind}{number}: {{ {base}, {extra} }}" for kind, extra in TIMEOUTS.items()]
    return "\n".join(["api:", "  routes:", *routes, "llm:", "  providers:", *providers, more])


async def eventually(condition: Any, seconds: float = PATIENCE) -> Any:
    """The first true value of `condition`, asked again and again for a bounded time."""
    end = clock.monotonic() + seconds
    while not (found := condition()):
        assert clock.monotonic() < end, f"it did not happen within {seconds} s"
        await asyncio.sleep(0.005)
    return found


async def record(running: Gateway, **wanted: Any) -> dict[str, Any]:
    """The first record with these values, as soon as it is in the access log."""

    def find() -> dict[str, Any] | None:
        return next((each for each in running.records() if wanted.items() <= each.items()), None)

    try:
        return await eventually(find)
    except AssertionError:
        near = [each for each in running.records() if each.get("request_id") == wanted.get("request_id")]
        raise AssertionError(f"no record has {wanted}; those of this request: {near}\n{running.log}") from None


def worker(running: Gateway) -> psutil.Process:
    """The data worker: the child that listens where callers connect."""
    for child in psutil.Process(running.process.pid).children():
        if any(each.laddr and each.laddr.port == running.port for each in child.net_connections("tcp")):
            return child
    raise AssertionError(f"no worker listens\n{running.log}")


def descriptors(process: psutil.Process) -> int:
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def chat(model: str, *, stream: bool = False, **more: Any) -> bytes:
    """The body of a chat."""
    messages = [{"role": "user", "content": "hi"}]
    return msgspec.json.encode({"model": model, "messages": messages, "stream": stream, **more})


numbers = itertools.count(1)
"""For request ids that nobody else uses."""
