"""Visits find their page, and what goes wrong is told without telling more."""

import msgspec
import pytest

from tests.mcp.stage import LocalBus
from trigate.core.errors import Forbidden
from trigate.portal.host import PortalHost
from trigate.portal.reply import document
from trigate.portal.visit import SERVICE, Answer, Visit, encode, read_answer


class Scripted:
    """A page that does what the path says."""

    async def answer(self, visit: Visit) -> Answer:
        if visit.path == "/refused":
            raise Forbidden("<b>not you</b>")
        if visit.path == "/failed":
            raise KeyError("secret")
        return document({"path": visit.path})


async def ask(opening: bytes) -> Answer:
    bus = LocalBus()
    bus.offer(SERVICE, PortalHost({"x": Scripted()}).serve)
    message = await (await bus.open(SERVICE, opening)).receive()
    assert message is not None
    return read_answer(message)


def visit(path: str, accept: str = "") -> bytes:
    return encode(Visit(page="x", method="GET", path=path, fields={"accept": accept}))


async def test_a_page_answers():
    answer = await ask(visit("/there"))
    assert (answer.status, msgspec.json.decode(answer.body)) == (200, {"path": "/there"})


async def test_programs_hear_what_is_wrong_as_json():
    answer = await ask(visit("/refused"))
    assert answer.status == 403
    assert msgspec.json.decode(answer.body)["error_description"] == "<b>not you</b>"


async def test_people_read_it_as_a_page_in_which_nothing_runs():
    answer = await ask(visit("/refused", "text/html,*/*"))
    assert answer.status == 403
    assert b"&lt;b&gt;not you" in answer.body
    assert b"frame-ancestors 'none'" in dict(answer.headers)[b"content-security-policy"]


async def test_a_page_that_fails_tells_nothing(capfd: pytest.CaptureFixture[str]):
    answer = await ask(visit("/failed"))
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "the page x failed" in capfd.readouterr().err


async def test_what_is_no_visit_is_refused():
    assert (await ask(b"\xc1")).status == 400
