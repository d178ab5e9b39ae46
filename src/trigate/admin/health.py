"""Probes for whoever watches the gateway: `/livez` says that it runs, `/readyz` that it takes requests or why not."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec
from msgspec import Struct

from trigate.core.errors import GatewayError, MethodNotAllowed, NotFound
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming


class Check(Struct, frozen=True):
    """One thing that must hold for the gateway to be ready."""

    name: str
    ok: bool
    detail: str = ""
    """For operators: what is the matter, or what is worth knowing although it is well."""


class Health:
    """Serves the probes (core.surroundings.Handler)."""

    def __init__(self, checks: Callable[[], list[Check]], ids: Ids) -> None:
        self.checks = checks
        self._ids = ids
        self._answers = {b"/livez": self._live, b"/readyz": self._ready}

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, edge: Edge) -> None:
        """Answer one request."""
        try:
            head, body = self._answer(request)
        except GatewayError as error:
            head, body = problem(error, self._ids.next())
        await edge.send(head)
        edge.finish(body)

    def _answer(self, request: Request) -> tuple[Head, Data]:
        answer = self._answers.get(request.path)
        if answer is None:
            raise NotFound("the admin port has /livez and /readyz")
        if request.method not in (b"GET", b"HEAD"):
            raise MethodNotAllowed("probes are read with GET", headers=((b"allow", b"GET, HEAD"),))
        return answer()

    def _live(self) -> tuple[Head, Data]:
        # That this is answered at all is the proof: the process runs and its event loop turns.
        return _json(HTTPStatus.OK, {"status": "live"})

    def _ready(self) -> tuple[Head, Data]:
        checks = self.checks()
        ready = all(check.ok for check in checks)
        body = {
            "status": "ready" if ready else "not ready",
            "checks": {each.name: {"ok": each.ok, "detail": each.detail} for each in checks},
        }
        return _json(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, body)


def _json(status: HTTPStatus, body: object) -> tuple[Head, Data]:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    return Head(status.value, headers), Data(msgspec.json.encode(body))
