"""What a proxy owes both its sides (RFC 9110 and RFC 9112), as dialogues through a running gateway."""

import asyncio

import pytest

from tests.journeys.caller import head
from tests.journeys.stage import Place, Upstream, eventually
from tests.outbound.chaos import answer, close, expect, half_close, hang, send, tell, wait
from tests.patience import PATIENCE

BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HOP_FIELDS = (
    "Connection: keep-alive, X-Private, close-not",
    "X-Private: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authorization: Basic eDp5",
    "TE: gzip",
    "Trailer: X-Sum",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
)


def _sent(upstream: Upstream, index: int = 0) -> bytes:
    """What one connection received, in lower case."""
    return upstream.talks[index].received.lower()


# --- fields ------------------------------------------------------------------------------------------------------


async def test_fields_of_one_hop_go_no_further_than_it(place: Place) -> None:
    async with place.upstream([answer()]) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path(), *HOP_FIELDS, "X-Public: 2"))
        got = await caller.answer()
        assert (got.status, got.body) == (200, b"ok")
        sent = _sent(upstream)
        assert b"\r\nx-public: 2\r\n" in sent
        for name in (b"x-private", b"keep-alive", b"proxy-", b"te:", b"trailer", b"upgrade", b"http2-", b"connection"):
            assert b"\r\n" + name not in sent


async def test_fields_of_the_upstreams_hop_never_reach_the_caller(place: Place) -> None:
    fields = (b"connection: keep-alive, x-private", b"x-private: 1", b"keep-alive: timeout=9", b"upgrade: h2")
    more = (b"proxy-authenticate: Basic", b"trailer: x-sum", b"proxy-connection: keep-alive", b"x-public: 2")
    async with place.upstream([answer(b"ok", b"200 OK", *fields, *more)]), await place.caller() as caller:
        caller.send(head("GET", place.path()))
        got = await caller.answer()
        assert got.fields["x-public"] == "2"
        assert not {"x-private", "keep-alive", "upgrade", "proxy-authenticate", "trailer", "proxy-connection"} & set(
            got.fields
        )


async def test_a_request_says_through_whom_it_came(place: Place) -> None:
    async with place.upstream([answer()]) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path(), "Via: 1.0 somewhere"))
        await caller.answer()
        line = next(each for each in _sent(upstream).split(b"\r\n") if each.startswith(b"via:"))
        assert line.startswith(b"via: 1.0 somewhere, 1.1 ")


async def test_a_request_that_comes_back_is_a_loop(place: Place) -> None:
    async with place.upstream([answer()]) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path()))
        await caller.answer()
        via = next(each for each in upstream.talks[0].received.split(b"\r\n") if each.startswith(b"via:"))
        caller.send(head("GET", place.path(), via.decode(), f"x-request-id: {place.request_id}"))
        assert (await caller.answer()).status == 508
        assert _sent(upstream).count(b"http/1.1\r\n") == 1
    await place.record(outcome="request.loop", status=508)


async def test_the_gateways_own_fields_are_believed_from_nobody(place: Place) -> None:
    script = [answer(b"ok", b"200 OK", b"x-trigate-cost: 1", b"X-TRIGATE-Key: k")]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path(), "X-Trigate-Principal: root", "x-TRIGATE-a: b"))
        got = await caller.answer()
        assert not [name for name in got.fields if name.startswith("x-trigate")]
        assert b"x-trigate" not in _sent(upstream)


# --- 1xx and Expect ------------------------------------------------------------------------------------------------


async def test_informational_answers_pass(place: Place) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    async with place.upstream([expect(), send(hints, BODY)]), await place.caller() as caller:
        caller.send(head("GET", place.path()))
        got = await caller.answer()
        assert (got.informational, got.status, got.body) == ([103, 102], 200, b"ok")
        assert b"link: </a>" in got.raw


async def test_a_caller_of_the_old_version_gets_no_informational_answers(place: Place) -> None:
    async with (
        place.upstream([expect(), send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + BODY)]),
        await place.caller() as caller,
    ):
        caller.send(head("GET", place.path(), version="1.0"))
        raw, _ = await caller.closed()
        assert raw.startswith(b"HTTP/1.1 200")
        assert b"103" not in raw.partition(b"\r\n")[0]


async def test_an_upstream_consents_before_the_caller_sends_its_body(place: Place) -> None:
    asked = asyncio.Event()
    script = [expect(), tell(asked), send(b"HTTP/1.1 100 Continue\r\n\r\n"), expect(b"hello"), send(BODY)]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path(), "Content-Length: 5", "Expect: 100-continue"))
        await asked.wait()
        assert b"expect: 100-continue" in _sent(upstream)
        assert b"hello" not in upstream.received
        assert (await caller.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        caller.send(b"hello")
        got = await caller.answer("POST")
        assert (got.status, got.body) == (200, b"ok")
        assert 100 not in got.informational


@pytest.mark.parametrize("status", [b"417 Expectation Failed", b"413 Content Too Large", b"401 Unauthorized"])
async def test_an_upstream_refuses_before_the_caller_sends_its_body(place: Place, status: bytes) -> None:
    async with place.upstream([answer(b"no", status)]) as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path(), "Content-Length: 5", "Expect: 100-continue"))
        got = await caller.answer("POST")
        assert (got.status, got.body, got.informational) == (int(status[:3]), b"no", [])
        assert got.fields["connection"] == "close"  # whoever was refused may send its body or not: nobody could tell
        assert not upstream.received.endswith(b"hello")


async def test_a_refusal_of_the_gateway_comes_before_the_body_too(place: Place) -> None:
    async with place.upstream() as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path("l"), "Content-Length: 5000", "Expect: 100-continue"))
        got = await caller.answer("POST")
        assert (got.status, got.informational) == (413, [])
        assert upstream.talks == []


# --- answers without a body --------------------------------------------------------------------------------------


async def test_an_answer_to_head_keeps_its_length_and_has_no_body(place: Place) -> None:
    script = [expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"), answer(b"next")]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(head("HEAD", place.path()))
        got = await caller.answer("HEAD")
        assert (got.status, got.fields["content-length"], got.whole) == (200, "1000", True)
        caller.send(head("GET", place.path()))
        assert (await caller.answer()).body == b"next"
        assert len(upstream.talks) == 1


@pytest.mark.parametrize("first", [b"204 No Content\r\n", b"304 Not Modified\r\netag: a\r\ncontent-length: 7\r\n"])
async def test_answers_that_never_have_a_body_end_with_their_head(place: Place, first: bytes) -> None:
    script = [expect(), send(b"HTTP/1.1 " + first + b"\r\n"), answer(b"next")]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path()))
        got = await caller.answer()
        assert (got.status, got.body, got.whole) == (int(first[:3]), b"", True)
        assert "transfer-encoding" not in got.fields
        caller.send(head("GET", place.path()))
        assert (await caller.answer()).body == b"next"
        assert len(upstream.talks) == 1


async def test_a_204_never_says_a_length(place: Place) -> None:
    script = [expect(), send(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n")]
    async with place.upstream(script), await place.caller() as caller:
        caller.send(head("DELETE", place.path()))
        got = await caller.answer("DELETE")
        assert got.status == 204
        assert "content-length" not in got.fields  # RFC 9110 §8.6


# --- trailers ------------------------------------------------------------------------------------------------------


async def test_trailers_of_the_caller_reach_the_upstream_except_those_that_mean_nothing_there(place: Place) -> None:
    async with place.upstream([expect(b"x-sum: 9\r\n\r\n"), send(BODY)]) as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path(), "Transfer-Encoding: chunked"))
        caller.send(b"5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n")
        assert (await caller.answer("POST")).status == 200
        assert upstream.received.endswith(b"0\r\nx-sum: 9\r\n\r\n")


async def test_trailers_of_the_upstream_reach_the_caller(place: Place) -> None:
    body = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 9\r\nset-cookie: a=b\r\n\r\n"
    async with place.upstream([expect(), send(body)]), await place.caller() as caller:
        caller.send(head("GET", place.path(), "TE: trailers", "Connection: TE"))
        got = await caller.answer()
        assert (got.body, got.trailers) == (b"ok", {"x-sum": "9"})


async def test_a_key_in_the_trailers_logs_nobody_in(place: Place) -> None:
    async with place.upstream() as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path(), "Transfer-Encoding: chunked", key=""))
        caller.send(b"0\r\nAuthorization: Bearer test-key-0123456789\r\n\r\n")
        assert (await caller.answer("POST")).status in (400, 401)
        assert upstream.talks == []


# --- targets and versions ------------------------------------------------------------------------------------------


async def test_a_target_in_absolute_form_decides_over_a_host_that_agrees(place: Place) -> None:
    async with place.upstream([answer()]) as upstream, await place.caller() as caller:
        caller.send(head("GET", f"http://h{place.path()}?q=1"))
        assert (await caller.answer()).status == 200
        assert upstream.received.startswith(f"GET {place.path()}?q=1 HTTP/1.1\r\nhost: 127.0.0.1:".encode())


async def test_a_target_in_absolute_form_with_another_host_is_refused(place: Place) -> None:
    async with place.upstream() as upstream, await place.caller() as caller:
        caller.send(head("GET", f"http://other{place.path()}"))
        assert (await caller.answer()).status == 400
        assert upstream.talks == []


async def test_an_old_caller_gets_an_answer_without_chunks_that_ends_with_the_connection(place: Place) -> None:
    chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    async with (
        place.upstream([expect(), send(chunks[:-5]), send(chunks[-5:])]) as upstream,
        await place.caller() as caller,
    ):
        caller.send(head("GET", place.path(), version="1.0"))
        raw, was_reset = await caller.closed()
        assert not was_reset
        assert raw.endswith(b"\r\n\r\nok")
        assert b"chunked" not in raw
        assert b" HTTP/1.1\r\n" in upstream.received


async def test_an_old_caller_that_asks_for_it_keeps_its_connection(place: Place) -> None:
    async with place.upstream([answer(b"one"), answer(b"two")]), await place.caller() as caller:
        for expected in (b"one", b"two"):
            caller.send(head("GET", place.path(), "Connection: keep-alive", version="1.0"))
            got = await caller.answer()
            assert (got.body, got.fields["connection"]) == (expected, "keep-alive")


async def test_an_upstream_of_the_old_version_ends_its_answer_by_closing(place: Place) -> None:
    async with (
        place.upstream([expect(), send(b"HTTP/1.0 200 OK\r\n\r\nold"), close()], [answer(b"new")]),
        await place.caller() as caller,
    ):
        caller.send(head("GET", place.path()))
        got = await caller.answer()
        assert (got.body, got.whole) == (b"old", True)
        caller.send(head("GET", place.path()))
        assert (await caller.answer()).body == b"new"


# --- connections -----------------------------------------------------------------------------------------------------


async def test_requests_in_a_row_are_answered_in_their_order_over_one_connection(place: Place) -> None:
    script = [answer(b"%d" % number) for number in range(10)]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(b"".join(head("GET", place.path(rest=f"/{number}")) for number in range(10)))
        got = [await caller.answer() for _ in range(10)]
        assert [each.body for each in got] == [b"%d" % number for number in range(10)]
        assert len(upstream.talks) == 1


async def test_a_request_behind_another_waits_until_that_one_is_answered(place: Place) -> None:
    go, first = asyncio.Event(), asyncio.Event()
    script = [expect(), tell(first), wait(go), send(BODY), answer(b"second")]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(
            head("POST", place.path(rest="/1"), "Content-Length: 2") + b"hi" + head("GET", place.path(rest="/2"))
        )
        await asyncio.wait_for(first.wait(), PATIENCE)
        await place.pass_by()
        assert b"/2 HTTP" not in upstream.received
        go.set()
        assert [(await caller.answer()).body for _ in range(2)] == [b"ok", b"second"]


async def test_a_stale_connection_is_replaced_unnoticed_for_requests_that_may_be_repeated(place: Place) -> None:
    async with (
        place.upstream([answer(b"one"), expect(), close()], [answer(b"two")]) as upstream,
        await place.caller() as caller,
    ):
        for expected in (b"one", b"two"):
            caller.send(head("GET", place.path()))
            assert (await caller.answer()).body == expected
        assert len(upstream.talks) == 2


async def test_a_post_is_never_sent_twice(place: Place) -> None:
    script = [answer(b"one"), expect(b"hello"), close()]
    async with place.upstream(script, [answer(b"replayed")]) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path()))
        assert (await caller.answer()).body == b"one"
        fields = ("Content-Length: 5", f"x-request-id: {place.request_id}")
        caller.send(head("POST", place.path(), *fields) + b"hello")
        assert (await caller.answer("POST")).status == 502
        assert len(upstream.talks) == 1
    assert (await place.record(outcome="upstream.failed"))["attempts"] == 1


async def test_a_get_that_the_upstream_began_to_answer_is_not_repeated(place: Place) -> None:
    async with (
        place.upstream([answer(b"one"), expect(), send(b"HTTP/1."), close()], [answer(b"two")]) as upstream,
        await place.caller() as caller,
    ):
        caller.send(head("GET", place.path()))
        await caller.answer()
        caller.send(head("GET", place.path()))
        assert (await caller.answer()).status == 502
        assert len(upstream.talks) == 1


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nx-sum: 1\r\n",
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_truncated_answer_never_ends_cleanly(place: Place, cut: bytes, version: str) -> None:
    async with place.upstream([expect(), send(cut), half_close(), hang()]), await place.caller() as caller:
        caller.send(head("GET", place.path(), f"x-request-id: {place.request_id}", version=version))
        raw, was_reset = await caller.closed()
        assert was_reset
        assert not raw.endswith(b"0\r\n\r\n")
    await place.record(outcome="upstream.stream_broken")


# --- upgrades --------------------------------------------------------------------------------------------------------

ASKING = ("Connection: Upgrade", "Upgrade: websocket")


async def test_an_upgrade_that_the_route_does_not_allow_is_served_plainly_with_its_body(place: Place) -> None:
    async with place.upstream([expect(b"hello"), send(BODY)]) as upstream, await place.caller() as caller:
        caller.send(head("POST", place.path(), *ASKING, "Content-Length: 5") + b"hello")
        assert (await caller.answer("POST")).body == b"ok"
        assert b"upgrade" not in _sent(upstream)


async def test_an_upgrade_that_the_route_allows_becomes_a_tunnel(place: Place) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi"
    script = [expect(), send(switch), expect(b"\x00raw\r\n\r\n0\r\n\r\n"), send(b"back"), half_close(), hang()]
    async with place.upstream(script) as upstream, await place.caller() as caller:
        caller.send(head("GET", place.path("u"), *ASKING, f"x-request-id: {place.request_id}"))
        assert (await caller.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        caller.send(b"\x00raw\r\n\r\n0\r\n\r\n")
        assert await caller.until(b"back") == b"hiback"
        caller.finish()
        await eventually(upstream.talks[0].ended.is_set)
    await place.record(route=f"u{place.number}")


async def test_an_upgrade_that_the_upstream_declines_is_an_ordinary_answer(place: Place) -> None:
    async with (
        place.upstream([answer(b"no", b"426 Upgrade Required"), answer(b"next")]),
        await place.caller() as caller,
    ):
        caller.send(head("GET", place.path("u"), *ASKING))
        got = await caller.answer()
        assert (got.status, got.body, got.whole) == (426, b"no", True)


async def test_a_switch_nobody_asked_for_is_the_upstreams_fault(place: Place) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    async with place.upstream([expect(), send(switch)]), await place.caller() as caller:
        caller.send(head("GET", place.path(), f"x-request-id: {place.request_id}"))
        assert (await caller.answer()).status == 502
    await place.record(outcome="upstream.protocol")
