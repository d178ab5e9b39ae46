"""The address of realtime conversations takes WebSockets, and nothing else."""

import pytest

from tests.llm.realtime.test_session import HEADERS
from tests.llm.resource.office import Office
from trigate.core.errors import BadRequest, MethodNotAllowed
from trigate.core.request import Request
from trigate.llm.realtime.desk import RealtimeDesk


def request(path: bytes, method: bytes = b"GET", upgrade: bytes = b"websocket", **fields: bytes) -> Request:
    given = dict(HEADERS) | {name.replace("_", "-").encode(): value for name, value in fields.items()}
    bare, _, query = path.partition(b"?")
    return Request(method, path, bare, query, b"gateway", list(given.items()), given, upgrade=upgrade)


@pytest.mark.parametrize("path", [b"/v1/realtime?model=voice", b"/openai/v1/realtime?model=voice"])
async def test_a_websocket_is_both_ways(path: bytes):
    office = Office()
    match = RealtimeDesk(office.premises, 10).match(office.lane, request(path))
    assert match is not None
    assert (match.route, match.body) == ("llm.realtime", "duplex")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (request(b"/v1/realtime?model=voice", b"POST"), MethodNotAllowed),
        (request(b"/v1/realtime?model=voice", upgrade=b""), BadRequest),
        (request(b"/v1/realtime?model=voice", sec_websocket_version=b"8"), BadRequest),
        (request(b"/v1/realtime?model=voice", sec_websocket_key=b"short"), BadRequest),
        (request(b"/v1/realtime?model=voice", sec_websocket_key=b"!"), BadRequest),
        (request(b"/v1/realtime"), BadRequest),
        (request(b"/v1/realtime?model="), BadRequest),
        (request(b"/v1/realtime?model=a&model=b"), BadRequest),
    ],
)
async def test_anything_else_is_refused(asked: Request, error: type[Exception]):
    office = Office()
    with pytest.raises(error):
        RealtimeDesk(office.premises, 10).match(office.lane, asked)


async def test_other_addresses_are_not_its_own():
    office = Office()
    assert RealtimeDesk(office.premises, 10).match(office.lane, request(b"/v1/realtime/sessions")) is None
