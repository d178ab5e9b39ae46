"""The demo's service: a greeting, an echo and a slow stream of ticks."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl

from trigate.cli.demo.reply import end_stream, open_stream, send_event, send_json
from trigate.core.errors import BadRequest, GatewayError, NotFound
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming

MOST_BYTES = 8 * 2**20
MOST_TICKS = 3600


class Service:
    """`/hello`, `/echo` and `/ticks`; `pace` is the time between two ticks, in seconds."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Serve one request."""
        try:
            await self._serve(request, incoming, sink)
        except GatewayError as error:
            head, body = problem(error, request.fields.get(b"x-request-id", b"").decode("latin-1"))
            sink.begin(head)
            sink.finish(body)

    async def _serve(self, request: Request, incoming: Incoming, sink: Edge) -> None:
        match request.path:
            case b"/hello":
                send_json(sink, {"message": "hello", "name": _query(request).get("name", "world")})
            case b"/echo":
                send_json(sink, _echo(request, await incoming.read(MOST_BYTES)))
            case b"/ticks":
                await self._tick(_count(request), sink)
            case _:
                raise NotFound("the demo's service has /hello, /echo and /ticks")

    async def _tick(self, count: int, sink: Edge) -> None:
        open_stream(sink)
        for number in range(1, count + 1):
            await send_event(sink, {"tick": number, "of": count})
            await asyncio.sleep(self._pace)
        end_stream(sink)


def _echo(request: Request, body: bytes) -> dict[str, Any]:
    """The request as the service received it."""
    return {
        "method": request.method.decode("latin-1"),
        "path": request.path.decode("latin-1"),
        "query": _query(request),
        "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers},
        "body": body.decode("utf-8", "replace"),
    }


def _count(request: Request) -> int:
    given = _query(request).get("count", "10")
    if not re.fullmatch(r"[0-9]{1,4}", given) or not 1 <= int(given) <= MOST_TICKS:
        raise BadRequest(f"count must be a number from 1 to {MOST_TICKS}")
    return int(given)


def _query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
