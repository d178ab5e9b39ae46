"""The admin port: probes for everybody who reaches it, the admin API for operators."""

from http import HTTPStatus
from typing import Any

import msgspec

from trigate.admin.desk import Desk
from trigate.admin.health import Health
from trigate.admin.operator import Operator, Operators, operator_of, read_token, unauthenticated
from trigate.admin.route import Ask, Made, Router, read_query
from trigate.core.errors import GatewayError, InternalError
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.policy.credential import Credential, read_networks
from trigate.telemetry.log import log

LARGEST_BODY = 1024 * 1024
KEY_PREFIX = "tg_"
"""How the secrets of the store's keys begin."""
PROBES = (b"/livez", b"/readyz")


class Door:
    """Serves the admin port (core.surroundings.Handler)."""

    def __init__(self, health: Health, operators: Operators, desk: Desk, router: Router, ids: Ids) -> None:
        self._health = health
        self._operators = operators
        self._desk = desk
        self.router = router
        self._ids = ids

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, edge: Edge) -> None:
        """Answer one request."""
        if request.path in PROBES:
            await self._health(request, peer, incoming, edge)
            return
        try:
            head, body = await self._answer(request, peer, incoming)
        except GatewayError as error:
            head, body = problem(error, self._ids.next())
        except Exception as fault:  # noqa: BLE001 - the net under every request of an operator
            number = self._ids.next()
            log.fault(f"the admin API failed on {number}", fault)
            head, body = problem(InternalError(f"the gateway failed; its log tells about {number}"), number)
        await edge.send(head)
        edge.finish(body)

    async def _answer(self, request: Request, peer: Peer, incoming: Incoming) -> tuple[Head, Data]:
        operator = await self._identify(request.fields.get(b"authorization", b""), peer)
        body = await incoming.read(LARGEST_BODY)
        target = request.path.decode("latin-1"), request.query.decode("latin-1")
        return await answer(self.router, operator, request.method.decode("latin-1"), target, body)

    async def _identify(self, authorization: bytes, peer: Peer) -> Operator:
        """By a token of the file, or by an API key of the store that has a role."""
        token = read_token(authorization)
        operator = self._operators.find(token)
        if operator is None and token.startswith(KEY_PREFIX):
            key = await self._desk.holder(token)
            operator = operator_of(key) if key is not None else None
            if operator is not None and key is not None:
                Credential(networks=read_networks(key.addresses)).check_address(peer.address)
        if operator is None:
            raise unauthenticated()
        return operator


async def answer(
    router: Router, operator: Operator, method: str, target: tuple[str, str], body: bytes
) -> tuple[Head, Data]:
    """What the admin API answers this operator; `target` is path and query. Raises GatewayError."""
    route, names = router.find(method, target[0])
    operator.require(route.role)
    return _encode(await route.serve(Ask(operator, names, read_query(target[1]), body)))


def _encode(found: Any) -> tuple[Head, Data]:
    if found is None:
        return Head(HTTPStatus.NO_CONTENT.value, [(b"cache-control", b"no-store")]), Data(b"")
    status = HTTPStatus.CREATED if isinstance(found, Made) else HTTPStatus.OK
    content = found.body if isinstance(found, Made) else found
    form, text = b"application/json", b""
    if isinstance(content, str):
        form, text = b"text/plain; version=0.0.4; charset=utf-8", content.encode()
    else:
        text = msgspec.json.encode(content)
    headers = [(b"content-type", form), (b"cache-control", b"no-store")]
    return Head(status.value, headers), Data(text)
