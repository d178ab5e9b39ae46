"""A batch that has ended is paid for once, whoever looks first, and before its results are to be had."""

import json

from tests.llm.resource.office import CLAUDE, SHARE, Office
from tests.llm.scene import Reply, answers
from trigate.llm.resource.kept import Share

DONE = {"id": "batch_raw", "status": "completed", "input_file_id": "file-raw", "output_file_id": "file-out"}
BODY = {"model": "gpt-large", "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}}
LINE = json.dumps({"custom_id": "a", "response": {"status_code": 200, "body": BODY}}).encode() + b"\n"
RESULTS = Reply(200, [(b"content-type", b"application/jsonl")], LINE[:40], LINE[40:] + LINE)
MESSAGE = {"model": "claude-large", "usage": {"input_tokens": 100, "output_tokens": 10}}
MESSAGE_LINE = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}}).encode()
ENDED = {"id": "msgbatch_raw", "processing_status": "ended", "results_url": "https://api.anthropic.com/v1/x"}
COST = 2 * (100 * 10_000 + 10 * 100_000) // 2


async def look(office: Office, handle: str) -> Office:
    return await office.ask(path=b"/v1/batches/" + handle.encode())


async def test_the_first_look_after_the_end_counts_the_cost():
    office = Office(answers(DONE), RESULTS)
    handle = office.hold("batch", "batch_raw", {**DONE, "status": "in_progress"}, SHARE)
    await look(office, handle)
    assert office.json["output_file_id"] == office.handle("file", "file-out")
    paid, looked = office.spool.records
    assert (paid["action"], paid["resource"]) == ("llm.chat", "model/smart")
    assert paid["usage"] == {"input_tokens": 200, "output_tokens": 20, "cost": COST}
    assert "cost" not in looked["usage"]
    assert office.register.rows[handle].settled
    assert b'"completed"' in office.register.rows[handle].body


async def test_later_looks_cost_nothing_and_ask_nobody():
    second = Office()
    again = second.hold("batch", "batch_raw", DONE, SHARE)
    await second.register.settle(again, second.register.rows[again].owner)
    await look(second, again)
    assert second.status == 200
    assert second.asked == []
    assert len(second.spool.records) == 1


async def test_a_batch_under_way_costs_nothing_yet():
    office = Office(answers({**DONE, "status": "in_progress", "output_file_id": None}))
    handle = office.hold("batch", "batch_raw", DONE, SHARE)
    await look(office, handle)
    assert len(office.spool.records) == 1
    assert not office.register.rows[handle].settled


async def test_a_batch_whose_results_cannot_be_read_is_not_shown_yet():
    office = Office(answers(DONE), answers({"error": {"message": "busy"}}, 500))
    handle = office.hold("batch", "batch_raw", DONE, SHARE)
    await look(office, handle)
    assert office.status == 500
    assert not office.register.rows[handle].settled


async def test_a_list_brings_what_is_under_way_up_to_date():
    office = Office(answers(DONE), RESULTS, answers({"error": {"message": "busy"}}, 500))
    office.hold("batch", "batch_old", {"status": "in_progress"}, SHARE)
    office.hold("batch", "batch_raw", {"status": "in_progress"}, SHARE)
    await office.ask(path=b"/v1/batches")
    assert [each["status"] for each in office.json["data"]] == ["completed", "in_progress"]


async def test_messages_are_paid_for_before_they_are_read():
    share = Share("wise", "anthropic_messages", "claude-large", 1, 0)
    headers = [(b"content-type", b"application/x-jsonl")]
    results = [Reply(200, headers, MESSAGE_LINE) for _ in range(2)]
    office = Office(answers(ENDED), *results)
    handle = office.hold("batch", "msgbatch_raw", {}, share, provider="claude")
    await office.ask(path=b"/v1/messages/batches/" + handle.encode() + b"/results", headers=CLAUDE)
    assert office.body == MESSAGE_LINE
    assert office.spool.records[0]["usage"]["cost"] == COST // 2
    kept = json.loads(office.register.rows[handle].body)["object"]
    assert kept["results_url"] == f"https://gateway.test/v1/messages/batches/{handle}/results"
