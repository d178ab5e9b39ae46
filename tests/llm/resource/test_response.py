"""Kept answers are looked at, gone through, cancelled and deleted by their owner."""

import json

import pytest

from tests.llm.resource.office import Office
from tests.llm.resource.test_recall import COMPLETION, RESPONSE, again, say, stream
from tests.llm.scene import SSE, Reply, answers


async def test_an_answer_that_the_gateway_keeps_is_there_until_it_is_deleted():
    first = await say(Office(answers(COMPLETION)), "I am Ann.")
    path = b"/v1/responses/" + first.json["id"].encode()
    looked = await again(first).ask(path=path)
    assert looked.json == first.json
    assert looked.last["resource"] == "response/own"
    items = await again(first).ask(path=path + b"/input_items")
    (item,) = items.json["data"]
    assert item["content"] == [{"type": "input_text", "text": "I am Ann."}]
    assert not items.json["has_more"]
    assert (await again(first).ask(path=path + b"/cancel", method=b"POST")).status == 400
    assert (await again(first).ask(path=path, method=b"DELETE")).json["deleted"]
    assert (await again(first).ask(path=path)).status == 404


async def test_items_come_page_by_page():
    first = await say(Office(answers(COMPLETION)), [{"role": "user", "content": str(n)} for n in range(5)])
    path = b"/v1/responses/" + first.json["id"].encode() + b"/input_items?limit=2"
    page = (await again(first).ask(path=path)).json
    assert [each["content"][0]["text"] for each in page["data"]] == ["4", "3"]
    assert page["has_more"]
    rest = (await again(first).ask(path=path + b"&order=asc&after=msg_2")).json
    assert [each["content"][0]["text"] for each in rest["data"]] == ["3", "4"]


async def test_an_answer_that_its_provider_keeps_is_asked_for_there():
    office = Office(answers(RESPONSE))
    id = office.handle("response", "resp_raw")
    await office.ask(path=b"/v1/responses/" + id.encode() + b"?include[]=x&key=secret")
    assert office.json == {**RESPONSE, "id": id}
    assert office.asked == [b"GET /v1/responses/resp_raw?include[]=x"]


async def test_its_items_are_asked_for_there():
    office = Office(answers({"object": "list", "data": []}))
    id = office.handle("response", "resp_raw")
    await office.ask(path=b"/v1/responses/" + id.encode() + b"/input_items?limit=3")
    assert office.asked == [b"GET /v1/responses/resp_raw/input_items?limit=3"]


async def test_a_stream_is_taken_up_again():
    event = b"data: " + json.dumps({"type": "response.completed", "response": RESPONSE}).encode() + b"\n\n"
    office = Office(Reply(200, SSE, event))
    id = office.handle("response", "resp_raw")
    await office.ask(path=b"/v1/responses/" + id.encode() + b"?stream=true&starting_after=3")
    assert id.encode() in office.body
    assert b'"resp_raw"' not in office.body
    assert office.headers[b"content-type"] == b"text/event-stream"


@pytest.mark.parametrize("act", [b"", b"/input_items"])
async def test_what_is_not_ones_own_is_unknown(act: bytes):
    office = Office()
    for id in (office.handle("response", "resp_raw", owner="other"), "resp_raw"):
        told = await again(office).ask(path=b"/v1/responses/" + id.encode() + act)
        assert told.status == 404
        assert told.asked == []


async def test_an_answer_in_the_background_is_paid_for_when_it_is_there():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    first = await say(Office(answers(queued)), "Hi", "smart", background=True)
    path = b"/v1/responses/" + first.json["id"].encode()
    waiting = await again(first, answers({**queued, "status": "in_progress"})).ask(path=path)
    assert len(waiting.spool.records) == 1
    done = await again(first, answers(RESPONSE)).ask(path=path)
    paid, looked = done.spool.records
    assert (paid["resource"], paid["usage"]["cost"]) == ("model/smart", 10 * 10_000 + 2 * 100_000)
    assert paid["parent"] == looked["id"]
    once = await again(first, answers(RESPONSE)).ask(path=path)
    assert len(once.spool.records) == 1


async def test_an_answer_in_the_background_that_is_only_streamed_is_paid_for():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    first = await say(Office(answers(queued)), "Hi", "smart", background=True)
    path = b"/v1/responses/" + first.json["id"].encode() + b"?stream=true"
    ending = {"type": "response.completed", "response": RESPONSE}
    streamed = await again(first, stream(ending), answers(RESPONSE)).ask(path=path)
    paid, looked = streamed.spool.records
    assert (paid["usage"]["cost"], paid["parent"]) == (10 * 10_000 + 2 * 100_000, looked["id"])
    once = await again(first, stream(ending)).ask(path=path)
    assert len(once.spool.records) == 1


async def test_a_stream_that_cannot_be_counted_says_so_on_record():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    first = await say(Office(answers(queued)), "Hi", "smart", background=True)
    path = b"/v1/responses/" + first.json["id"].encode() + b"?stream=true"
    ending = {"type": "response.completed", "response": RESPONSE}
    streamed = await again(first, stream(ending), Reply(500)).ask(path=path)
    assert streamed.status == 200
    assert "llm.not_settled" in streamed.last["flags"]


async def test_an_answer_under_way_is_not_deleted_before_it_is_paid_for():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    first = await say(Office(answers(queued)), "Hi", "smart", background=True)
    path = b"/v1/responses/" + first.json["id"].encode()
    early = await again(first, answers(queued)).ask(path=path, method=b"DELETE")
    assert early.status == 400
    late = await again(first, answers(RESPONSE), answers({"deleted": True})).ask(path=path, method=b"DELETE")
    assert late.json["deleted"]
    assert late.spool.records[0]["usage"]["cost"] > 0


async def test_an_answer_in_the_background_is_cancelled_there():
    office = Office(answers({**RESPONSE, "status": "cancelled"}))
    id = office.handle("response", "resp_raw")
    await office.ask(path=b"/v1/responses/" + id.encode() + b"/cancel", method=b"POST")
    assert office.json["status"] == "cancelled"
    assert office.asked == [b"POST /v1/responses/resp_raw/cancel"]
