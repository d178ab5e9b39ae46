"""Heads are read in one way only, or refused: many ambiguous requests are answered 400, and none reaches a handler."""

import json
from pathlib import Path
from typing import Any

import h11
import pytest

from tests.inbound.dialogue import Caller, echo, request, turn
from trigate.core.errors import BadRequest
from trigate.core.parts import Trailers
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.inbound.head import CHUNKED, Opening, read_opening
from trigate.inbound.settings import InboundLimits

DATA = Path(__file__).parent / "data"
REFUSED: list[dict[str, Any]] = json.loads((DATA / "refused_requests.json").read_text("utf-8"))
ACCEPTED: list[dict[str, Any]] = json.loads((DATA / "accepted_requests.json").read_text("utf-8"))


def named(cases: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def opening(line: str = "GET / HTTP/1.1", *fields: str) -> Opening:
    return read_opening(request(line, *fields)[:-4], InboundLimits(), b"http")


def judged(raw: bytes) -> int:
    """How many whole requests a second, strict reader finds in `raw`."""
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(raw.removeprefix(b"\r\n"))  # RFC 9112 §2.2 wants one empty line ignored; h11 does not
    count = 0
    while True:
        event = reader.next_event()
        if isinstance(event, h11.EndOfMessage):
            count += 1
            reader.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
            reader.send(h11.EndOfMessage())
            if reader.our_state is not h11.DONE or reader.their_state is not h11.DONE:
                return count
            reader.start_next_cycle()
        elif event in (h11.NEED_DATA, h11.PAUSED):
            return count


@named(REFUSED)
async def test_a_request_that_can_be_read_in_two_ways_is_refused_and_reaches_no_handler(case: dict[str, Any]):
    caller = Caller(echo)
    answer = await caller.say(case["bytes"].encode("latin-1"))
    status = int(answer.split(b" ", 2)[1])
    assert answer.startswith(b"HTTP/1.1 4"), case["why"]
    assert status in (400, 405, 414, 431)
    assert b"\r\nconnection: close\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == status
    assert caller.over
    assert caller.seen == []
    assert len(caller.refused) == 1


@named([case for case in REFUSED if len(case["bytes"]) <= 2000])
async def test_a_refusal_is_the_same_when_the_request_comes_byte_by_byte(case: dict[str, Any]):
    caller = Caller(echo)
    for byte in case["bytes"].encode("latin-1"):
        caller.tell(bytes([byte]))
    await turn()
    answer = caller.take()
    assert answer.startswith(b"HTTP/1.1 4")
    assert caller.over
    assert b"HTTP/1.1 200" not in answer


@named(ACCEPTED)
async def test_a_valid_request_is_served(case: dict[str, Any]):
    caller = Caller(echo)
    answer = await caller.say(case["bytes"].encode("latin-1"))
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == case["requests"]
    assert len(caller.seen) == case["requests"]
    assert caller.refused == []


@named(ACCEPTED)
def test_what_is_accepted_another_strict_reader_accepts_too(case: dict[str, Any]):
    assert judged(case["bytes"].encode("latin-1")) == case["requests"]


def test_there_are_enough_of_both():
    assert len(REFUSED) >= 120
    assert len(ACCEPTED) >= 12


def test_an_absolute_target_becomes_a_path_and_names_the_host():
    found = opening("GET HTTP://A.example/b?c=d HTTP/1.1").request
    assert (found.target, found.path, found.query, found.authority) == (b"/b?c=d", b"/b", b"c=d", b"a.example")


def test_names_come_in_lower_case_and_order_and_fields_hold_the_last_value():
    found = opening("GET / HTTP/1.1", "B: 1", "a: 2", "B:3").request
    assert found.headers == [(b"host", b"a.example"), (b"b", b"1"), (b"a", b"2"), (b"b", b"3")]
    assert found.fields[b"b"] == b"3"


def test_the_gateway_believes_its_own_fields_from_nobody():
    found = opening(
        "GET / HTTP/1.1", "X-Trigate-Role: root", "x-trigate-hop: 1", "X-Trigate-Role: admin", "A: b"
    ).request
    assert found.headers == [(b"host", b"a.example"), (b"a", b"b")]
    assert list(found.fields) == [b"host", b"a"]


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", None, True), ("1.1", "close", False), ("1.1", "Close", False), ("1.1", "keep-alive, close", False),
        ("1.1", "Keep-Alive", True), ("1.0", None, False), ("1.0", "keep-alive", True), ("1.0", "Keep-Alive", True),
        ("1.0", "close", False), ("1.0", "keep-alive, close", False),
    ],
)  # fmt: skip
def test_a_connection_persists_as_the_version_and_the_caller_say(version: str, connection: str | None, kept: bool):
    fields = [f"Connection: {connection}"] if connection else []
    assert opening(f"GET / HTTP/{version}", *fields).keep_alive is kept


def test_connection_fields_count_together():
    assert opening("GET / HTTP/1.1", "Connection: close", "Connection: keep-alive").keep_alive is False


def test_an_upgrade_needs_connection_version_and_no_body():
    asked = ("Upgrade: websocket", "Connection: keep-alive, Upgrade")
    assert opening("GET / HTTP/1.1", *asked).request.upgrade == b"websocket"
    assert opening("GET / HTTP/1.1", asked[0]).request.upgrade == b""
    assert opening("GET / HTTP/1.0", *asked).request.upgrade == b""
    assert opening("POST / HTTP/1.1", *asked, "Content-Length: 5").request.upgrade == b""


def test_the_length_is_what_the_framing_says():
    assert opening().length == 0
    assert opening("POST / HTTP/1.1", "Content-Length: 007").length == 7
    assert opening("POST / HTTP/1.1", "Transfer-Encoding: CHUNKED").length == CHUNKED


def test_an_expectation_counts_only_with_a_body_and_never_in_http_1_0():
    assert opening("POST / HTTP/1.1", "Expect: 100-Continue", "Content-Length: 5").expects is True
    assert opening("POST / HTTP/1.1", "Expect: 100-continue").expects is False
    assert opening("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 5").expects is False


def test_a_long_head_is_refused_even_if_it_is_complete():
    with pytest.raises(BadRequest, match="fields"):
        read_opening(request("GET / HTTP/1.1", *("A: b",) * 9)[:-4], InboundLimits(fields=8), b"http")


async def test_a_trailer_never_logs_anyone_in():
    kept: list[object] = []

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        while (part := await incoming.next()) is not None:
            kept.append(part)
        await echo(request, peer, incoming, sink)

    caller = Caller(handler)
    raw = request("POST / HTTP/1.1", "Transfer-Encoding: chunked", body=b"0\r\nX-Checksum: 1\r\nX-User: root\r\n\r\n")
    assert b"200 OK" in await caller.say(raw)
    assert kept == [Trailers([(b"x-checksum", b"1"), (b"x-user", b"root")])]
    found = caller.seen[0][0]
    assert b"x-user" not in found.fields
    assert all(name != b"x-user" for name, _ in found.headers)


@pytest.mark.parametrize(
    ("fields", "user"),
    [
        ([], b""),
        (["X-Trigate-User:"], b""),
        (["X-Trigate-User: ada"], b"ada"),
        (["x-trigate-user: ada", "X-Trigate-User: ada", "X-Trigate-Role: root"], b"ada"),
    ],
)
def test_the_end_user_named_by_the_caller_is_kept_apart_from_its_fields(fields: list[str], user: bytes):
    found = opening("GET / HTTP/1.1", *fields).request
    assert found.user == user
    assert found.headers == [(b"host", b"a.example")]
    assert found.fields == {b"host": b"a.example"}


def test_two_end_users_are_one_too_many():
    with pytest.raises(BadRequest, match="more than once"):
        opening("GET / HTTP/1.1", "X-Trigate-User: ada", "X-Trigate-User: bob")


def test_what_is_asked_of_the_gateway_is_kept_apart_from_the_fields():
    found = opening("GET / HTTP/1.1", "X-Trigate-Cache: ttl=5", "A: b", "x-trigate-cache: refresh").request
    assert found.wishes == {b"cache": b"ttl=5,refresh"}
    assert found.headers == [(b"host", b"a.example"), (b"a", b"b")]
    assert list(found.fields) == [b"host", b"a"]
    assert opening("GET / HTTP/1.1").request.wishes == {}
