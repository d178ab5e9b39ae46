"""Errands travel the spine as asks for models do: decided by the head, authorised, recorded."""

from typing import Any

from tests.llm.scene import Scene
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Unsupported
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane, Match
from trigate.core.parts import Data, Head, Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.llm.errand import Entry, Errand


class Echo(Errand):
    """Says what it was given, or fails."""

    def __init__(self, body: bytes) -> None:
        super().__init__(Action("llm.echo", "echo/one"))
        self.body = body

    async def forward(self, call: Call, incoming: Incoming, sink: Sink) -> Part:
        if self.body == b"fail":
            raise Unsupported("not this")
        call.target = "echo"
        sink.begin(Head(200, [(b"content-length", b"%d" % len(self.body))]))
        return Data(self.body)


class Desk:
    def match(self, lane: Lane, request: Request) -> Match | None:
        if request.path != b"/v1/echo":
            return None
        return Match(lane, "llm.echo", "buffer", 100, Entry(self.open))

    def open(self, exchange: Exchange, body: bytes) -> Echo:
        return Echo(body)


def scene(**more: Any) -> Scene:
    found = Scene(**more)
    found.lane._desks = (Desk(),)
    return found


async def test_an_errand_is_its_own_target_and_leaves_a_record():
    told = await scene().ask(b"hello", b"/v1/echo")
    assert told.body == b"hello"
    assert told.record["action"] == "llm.echo"
    assert told.record["resource"] == "echo/one"
    assert told.record["target"] == "echo"
    assert "usage" in told.record


async def test_an_errand_that_fails_is_told_in_the_callers_dialect():
    told = await scene().ask(b"fail", b"/v1/echo")
    assert told.status == 501
    assert told.error["message"] == "not this"


async def test_an_address_of_no_desk_is_not_there():
    assert (await scene().ask(b"hello", b"/v1/other")).status == 404


async def test_an_errand_asks_for_nothing_unless_it_says_so():
    found = Echo(b"")
    assert found.demand().input_tokens == 0
    assert found.arguments() is None
