"""Batches begin once policy has agreed to every model in them."""

import pytest

from tests.llm.resource.office import CLAUDE, SHARE, Office
from tests.llm.scene import JSON, Reply, answers

BATCH = {"id": "batch_raw", "status": "validating", "input_file_id": "file-raw", "output_file_id": None}
CREATE = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
MESSAGES = {"id": "msgbatch_raw", "type": "message_batch", "processing_status": "in_progress", "results_url": None}
PARAMS = {"max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


async def test_a_batch_of_a_file_begins():
    office = Office(answers(BATCH))
    file = office.hold("file", "file-raw", {}, SHARE)
    await office.ask({**CREATE, "input_file_id": file}, b"/v1/batches", b"POST")
    assert office.upstream == {**CREATE, "input_file_id": "file-raw"}
    assert office.json == {**BATCH, "id": office.handle("batch", "batch_raw"), "input_file_id": file}
    assert office.json["id"] in office.register.rows
    asked, made = office.spool.records
    assert (asked["action"], asked["resource"], asked["parent"]) == ("llm.chat", "model/smart", made["id"])
    assert (made["action"], made["resource"]) == ("llm.batches.create", "provider/openai")


@pytest.mark.parametrize(
    "changes",
    [{"endpoint": "/v1/embeddings"}, {"input_file_id": None}, {"input_file_id": "file-raw"}, {"Endpoint": "x"}],
)
async def test_a_batch_that_is_not_what_the_file_holds_is_refused(changes: dict[str, str]):
    office = Office()
    file = office.hold("file", "file-raw", {}, SHARE)
    await office.ask({**CREATE, "input_file_id": file, **changes}, b"/v1/batches", b"POST")
    assert office.status in (400, 404)
    assert office.asked == []


async def test_a_file_without_asks_makes_no_batch():
    office = Office()
    file = office.hold("file", "file-raw", {})
    await office.ask({**CREATE, "input_file_id": file}, b"/v1/batches", b"POST")
    assert office.status == 400


async def test_a_file_that_is_gone_makes_no_batch():
    office = Office()
    await office.ask({**CREATE, "input_file_id": office.handle("file", "file-raw")}, b"/v1/batches", b"POST")
    assert office.status == 404


async def test_a_batch_that_cannot_be_remembered_is_cancelled():
    office = Office(answers(BATCH), answers(BATCH))
    file = office.hold("file", "file-raw", {}, SHARE)

    async def fail(holding: object) -> None:
        office.register._row("", "")

    office.register.put = fail  # type: ignore[method-assign]
    find = office.register.find

    async def found(id: str, owner: str):
        held = await find(id, owner)
        office.register.down = True
        return held

    office.register.find = found  # type: ignore[method-assign]
    await office.ask({**CREATE, "input_file_id": file}, b"/v1/batches", b"POST")
    assert office.status == 503
    assert office.asked == [b"POST /v1/batches", b"POST /v1/batches/batch_raw/cancel"]


async def test_messages_begin_in_the_providers_words():
    office = Office(answers(MESSAGES))
    requests = [{"custom_id": "a", "params": {"model": "wise", **PARAMS}}]
    await office.ask({"requests": requests}, b"/v1/messages/batches", b"POST", CLAUDE)
    assert office.upstream == {"requests": [{"custom_id": "a", "params": {"model": "claude-large", **PARAMS}}]}
    assert office.json["id"] == office.handle("batch", "msgbatch_raw", "claude")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"requests": []},
        {"requests": [{"custom_id": "a"}]},
        {"requests": [1]},
        {"requests": [{"custom_id": "a", "params": {"model": "nothing", **PARAMS}}]},
        {"requests": [{"custom_id": "a", "params": {"model": "wise", "stream": True, **PARAMS}}]},
    ],
)
async def test_messages_that_are_no_asks_are_refused(body: object):
    office = Office()
    await office.ask(body, b"/v1/messages/batches", b"POST", CLAUDE)
    assert office.status in (400, 404)
    assert office.asked == []


async def test_a_batch_is_cancelled_at_its_provider():
    office = Office(answers({**BATCH, "status": "cancelling"}))
    handle = office.hold("batch", "batch_raw", BATCH, SHARE)
    await office.ask(path=b"/v1/batches/" + handle.encode() + b"/cancel", method=b"POST", headers=JSON)
    assert office.json["status"] == "cancelling"
    assert office.asked == [b"POST /v1/batches/batch_raw/cancel"]


async def test_a_batch_is_paid_for_before_it_is_deleted():
    from tests.llm.resource.test_progress import COST, ENDED, MESSAGE_LINE
    from trigate.llm.resource.kept import Share

    share = Share("wise", "anthropic_messages", "claude-large", 1, 0)
    office = Office(answers(ENDED), Reply(200, [], MESSAGE_LINE), answers({}))
    handle = office.hold("batch", "msgbatch_raw", {}, share, provider="claude")
    path = b"/v1/messages/batches/" + handle.encode()
    await office.ask(path=path, method=b"DELETE", headers=CLAUDE)
    assert office.json["type"] == "message_batch_deleted"
    assert office.spool.records[0]["usage"]["cost"] == COST // 2
    assert not office.register.rows
