"""The probes: what they say, and what else is on the port (nothing)."""

import asyncio

import msgspec
import pytest

from trigate.admin.health import Check, Health
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head, Part
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Collector, NoIncoming


class Answer(Collector):
    """An edge that keeps what it is given."""

    task: asyncio.Task[None] | None = None
    extra = b""

    def put(self, part: Part) -> None:
        self.parts.append(part)

    def finish(self, part: Part) -> None:
        self.parts.append(part)

    def abort(self) -> None:
        self.parts.clear()


async def ask(checks: list[Check], path: bytes, method: bytes = b"GET") -> tuple[Head, dict[str, object]]:
    signal = Signal(asyncio.get_running_loop())
    edge = Answer(signal)
    request = Request(method, path, path, b"", b"localhost", [], {})
    await Health(lambda: checks, Ids())(request, Peer("127.0.0.1"), NoIncoming(signal), edge)  # pyright: ignore[reportArgumentType]
    head, body = edge.parts
    assert isinstance(head, Head)
    assert isinstance(body, Data)
    return head, msgspec.json.decode(body.payload)


async def test_a_gateway_lives_whether_it_is_ready_or_not():
    head, body = await ask([Check("workers", ok=False)], b"/livez")
    assert (head.status, body) == (200, {"status": "live"})


async def test_a_gateway_is_ready_when_every_check_holds():
    head, body = await ask([Check("workers", ok=True, detail="1 of 1 serve")], b"/readyz")
    assert head.status == 200
    assert body == {"status": "ready", "checks": {"workers": {"ok": True, "detail": "1 of 1 serve"}}}


async def test_a_gateway_that_is_not_ready_says_why():
    head, body = await ask([Check("a", ok=True), Check("spool", ok=False, detail="no room")], b"/readyz")
    assert head.status == 503
    assert body["checks"] == {"a": {"ok": True, "detail": ""}, "spool": {"ok": False, "detail": "no room"}}


@pytest.mark.parametrize(("path", "method", "status"), [(b"/", b"GET", 404), (b"/readyz", b"POST", 405)])
async def test_everything_else_is_refused(path: bytes, method: bytes, status: int):
    head, body = await ask([], path, method)
    assert (head.status, body["status"]) == (status, status)
