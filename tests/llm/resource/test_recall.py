"""Conversations go on where they were left: with their provider, or with the gateway's own memory of them."""

import asyncio
import json
from typing import Any

import pytest
from msgspec import structs

from tests.llm.resource.office import Office, settings
from tests.llm.scene import SSE, Reply, answers
from tests.policy.limiting.stage import quotas_of, rate
from tests.policy.toys import FakeSpool
from trigate.core.deadlines import Deadlines
from trigate.llm.prompt_settings import Prompt, PromptVersion
from trigate.policy.limiting.limiter import Limiter
from trigate.store.tally import Tally

RESPONSE = {
    "id": "resp_raw",
    "object": "response",
    "status": "completed",
    "model": "gpt-large",
    "output": [
        {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Hi Ann."}]}
    ],
    "usage": {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12},
}
PROMPTS = {"greet": Prompt(versions={1: PromptVersion(system="Be kind.", model="smart")})}
COMPLETION = {
    "id": "chatcmpl-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi Ann."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
}


def again(office: Office, *replies: Reply) -> Office:
    """The same gateway, for the next exchange."""
    fresh = Office(*replies)
    fresh.desk._chronicle = office.desk._chronicle
    fresh.desk._dialogues = office.desk._dialogues
    fresh.register = office.register
    fresh.desk._premises = structs.replace(fresh.premises, register=office.register)
    fresh.open()
    return fresh


async def say(office: Office, said: Any, model: str = "simple", **more: Any) -> Office:
    return await office.ask({"model": model, "input": said, **more}, b"/v1/responses", b"POST")


def stream(*events: dict[str, Any]) -> Reply:
    return Reply(200, SSE, *[f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events])


@pytest.mark.parametrize("more", [{}, {"provider": {"sort": "price"}}])
async def test_what_was_said_before_counts_before_limits_whatever_is_preferred(more: dict[str, Any]):
    first = await say(Office(answers(COMPLETION)), "x" * 9000)
    second = Office(limits=Limiter(quotas_of([rate("key", tokens=5000)]), Tally(100), Deadlines(), FakeSpool()))
    second.desk._chronicle = first.desk._chronicle
    second.open()
    said = await say(second, "Hi", previous_response_id=first.json["id"], max_output_tokens=10, **more)
    assert said.status == 429, said.body


async def test_a_conversation_goes_on_with_a_provider_that_keeps_none():
    first = await say(Office(answers(COMPLETION)), "I am Ann.")
    id = first.json["id"]
    assert id.startswith("resp_tg_")
    second = await say(again(first, answers(COMPLETION)), "Who am I?", previous_response_id=id)
    assert second.status == 200, second.body
    assert [(each["role"], _text(each)) for each in second.upstream["messages"]] == [
        ("user", "I am Ann."),
        ("assistant", "Hi Ann."),
        ("user", "Who am I?"),
    ]
    third = await say(again(second, answers(COMPLETION)), "And now?", previous_response_id=second.json["id"])
    assert len(third.upstream["messages"]) == 5


async def test_a_streamed_answer_is_kept_too():
    chunks = [
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "Hi Ann."}}]},
        {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    body = b"".join(f"data: {json.dumps(each)}\n\n".encode() for each in chunks) + b"data: [DONE]\n\n"
    first = await say(Office(Reply(200, SSE, body[:70], body[70:])), "I am Ann.", stream=True)
    ids = {json.loads(line[6:])["response"]["id"] for line in first.body.split(b"\n") if b'"response":{' in line}
    (id,) = ids
    second = await say(again(first, answers(COMPLETION)), "Who am I?", previous_response_id=id)
    assert [_text(each) for each in second.upstream["messages"]] == ["I am Ann.", "Hi Ann.", "Who am I?"]


@pytest.mark.parametrize("more", [{"previous_response_id": "resp_raw"}, {"conversation": "conv_raw"}])
async def test_a_prompt_opens_no_way_to_what_others_have(more: dict[str, Any]):
    office = Office(answers(RESPONSE), llm=settings(prompts=PROMPTS))
    await say(office, "Hi", "prompt/greet", **more)
    assert office.status in (400, 404)
    assert not office.client.sent


async def test_an_ask_made_of_a_prompt_may_go_on_and_be_gone_on_from():
    first = await say(Office(answers(RESPONSE), llm=settings(prompts=PROMPTS)), "Hi", "prompt/greet")
    id = first.json["id"]
    assert id.startswith("resp_tg_")
    second = Office(answers(RESPONSE), llm=settings(prompts=PROMPTS))
    await say(second, "Again", "prompt/greet", previous_response_id=id)
    assert second.upstream["previous_response_id"] == "resp_raw"
    assert (second.upstream["instructions"], second.last["prompt"]) == ("Be kind.", "greet@1")


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(each["text"] for each in content)


async def test_what_was_said_before_counts_as_input():
    first = await say(Office(answers(COMPLETION)), "x" * 5000)
    id = first.json["id"]
    office = again(first)
    from trigate.core.exchange import Exchange
    from trigate.core.principal import Principal
    from trigate.core.request import Peer, Request
    from trigate.llm.operation import Address
    from trigate.llm.operations.openai_responses import OPERATION

    request = Request(b"POST", b"/", b"/", b"", b"", [], {})
    exchange = Exchange("1", request, Peer(""), office.signal, 0.0)
    exchange.principal = Principal("dev", frozenset({"llm"}))
    body = json.dumps({"model": "simple", "input": "y", "previous_response_id": id}).encode()
    ask = office.lane._memory.understand(exchange, Address(OPERATION), body)
    assert ask.extent(office.premises.media).most > 5000


async def test_an_answer_that_is_not_to_be_stored_passes_as_it_is():
    raw = json.dumps(RESPONSE, indent=1).encode()
    office = await say(Office(answers(raw)), "Hi", "unpriced", store=False)
    assert office.body == raw


async def test_an_answer_of_a_provider_that_keeps_it_leads_back_there():
    first = await say(Office(answers(RESPONSE)), "I am Ann.", "smart")
    id = first.json["id"]
    assert id == first.handle("response", "resp_raw")
    assert first.json["output"] == RESPONSE["output"]
    second = await say(
        again(first, answers({**RESPONSE, "id": "resp_two", "previous_response_id": "resp_raw"})),
        "Who am I?",
        "smart",
        previous_response_id=id,
    )
    assert second.upstream["previous_response_id"] == "resp_raw"
    assert second.json["previous_response_id"] == id
    assert second.upstream["input"] == "Who am I?"


async def test_every_event_of_a_stream_has_the_identifier_of_ours():
    events = [
        {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}},
        {"type": "response.output_text.delta", "delta": 'say "resp_raw"', "item_id": "msg_1"},
        {"type": "response.completed", "response": RESPONSE},
    ]
    office = await say(Office(stream(*events)), "Hi", "smart", stream=True)
    assert office.body.count(b'"id": "resp_raw"') == 0
    assert office.body.count(office.handle("response", "resp_raw").encode()) == 2
    assert b'say \\"resp_raw\\"' in office.body
    assert office.last["usage"]["output_tokens"] == 2


async def test_only_the_provider_that_has_it_is_asked():
    office = Office(answers({"error": {"message": "busy"}}, 503))
    id = office.handle("response", "resp_raw")
    await say(office, "Hi", "smart", previous_response_id=id)
    assert office.status == 503
    assert [each[0] for each in office.client.sent] == ["http://openai/v1"]


@pytest.mark.parametrize("model", ["simple", "wise"])
async def test_a_model_of_another_provider_cannot_go_on(model: str):
    office = Office()
    await say(office, "Hi", model, previous_response_id=office.handle("response", "resp_raw"))
    assert office.status == 404
    assert "openai" in office.error["message"]


@pytest.mark.parametrize("previous", ["resp_raw", "resp_tg_" + "x" * 60])
async def test_what_the_gateway_did_not_give_out_is_unknown(previous: str):
    office = await say(Office(), "Hi", "smart", previous_response_id=previous)
    assert office.status == 404
    assert office.asked == []


async def test_what_others_were_given_is_unknown():
    office = Office()
    for id in (
        office.handle("response", "resp_raw", owner="other"),
        office.handle("response", "resp_x.5", "", "other"),
    ):
        told = await say(again(office), "Hi", "smart", previous_response_id=id)
        assert told.status == 404


async def test_a_conversation_that_was_forgotten_is_unknown():
    first = await say(Office(answers(COMPLETION)), "I am Ann.")
    await first.shelf.clear()
    second = await say(again(first), "Who am I?", previous_response_id=first.json["id"])
    assert second.status == 404


@pytest.mark.parametrize("said", ["conv_1", {"id": "conv_1"}, "conv_tg_" + "x" * 60])
async def test_a_conversation_that_the_gateway_did_not_give_out_is_unknown(said: Any):
    office = await say(Office(), "Hi", "smart", conversation=said)
    assert office.status == 404
    assert office.asked == []


@pytest.mark.parametrize("said", [5, [], {"name": "x"}])
async def test_what_names_no_conversation_is_refused(said: Any):
    assert (await say(Office(), "Hi", "smart", conversation=said)).error["param"] == "conversation"


@pytest.mark.parametrize("path", [b"/v1/responses/input_tokens", b"/v1/responses/compact"])
async def test_a_providers_own_conversation_is_not_looked_into(path: bytes):
    office = await Office().ask({"model": "smart", "input": "Hi", "conversation": "conv_raw"}, path, b"POST")
    assert (office.status, office.asked) == (400, [])


async def test_a_conversation_too_long_to_keep_is_told_on_record():
    office = await say(Office(answers(COMPLETION)), "x" * 70_000)
    assert office.status == 200
    assert "llm.not_kept" in office.last["flags"]


async def test_a_refusal_passes_as_it_is():
    office = await say(Office(answers({"error": {"message": "too long", "type": "x"}}, 400)), "Hi", "smart")
    assert office.status == 400
    assert office.error["message"] == "too long"


async def test_what_is_kept_can_be_read_by_nobody_who_has_the_shelf():
    office = await say(Office(answers(COMPLETION)), "a secret")
    assert office.status == 200
    assert len(office.shelf) == 1
    assert "a secret" not in repr(vars(office.shelf))


async def test_a_file_in_an_ask_is_known_to_its_provider_alone():
    office = Office(answers(RESPONSE))
    file = {"type": "input_file", "file_id": office.handle("file", "file-raw")}
    await say(office, [{"role": "user", "content": [file]}], "smart", store=False)
    assert b'"file-raw"' in office.client.sent[0][3]
    other = Office()
    file = {"type": "input_file", "file_id": other.handle("file", "file-raw", owner="other")}
    await say(other, [{"role": "user", "content": [file]}], "smart")
    assert other.status == 404


async def test_an_answer_in_the_background_needs_a_provider_that_keeps_it():
    office = await say(Office(), "Hi", "simple", background=True)
    assert office.status == 400
    assert office.error["param"] == "background"


async def test_an_answer_in_the_background_is_counted_whatever_is_said_of_keeping_it():
    refused = await say(Office(), "Hi", "simple", background=True, store=False)
    assert (refused.status, refused.asked) == (400, [])
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    office = await say(Office(answers(queued)), "Hi", "smart", background=True, store=False)
    (row,) = office.register.rows.values()
    assert (row.id, row.settled) == (office.json["id"], 0)


async def test_an_answer_in_the_background_costs_nothing_yet():
    queued = {**RESPONSE, "status": "queued", "output": [], "usage": None}
    office = await say(Office(answers(queued)), "Hi", "smart", background=True)
    assert office.json["status"] == "queued"
    assert "cost" not in office.last["usage"]
    (row,) = office.register.rows.values()
    assert (row.id, row.settled) == (office.json["id"], 0)


async def test_an_answer_in_the_background_whose_stream_breaks_off_is_counted_later():
    created = {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}}
    office = await say(Office(stream(created)), "Hi", "smart", background=True, stream=True)
    for _ in range(10):
        await asyncio.sleep(0)
    assert "cost" not in office.last["usage"]
    (row,) = office.register.rows.values()
    assert row.settled == 0
    assert row.id.encode() in office.body
    there = await again(office, answers(RESPONSE), answers(RESPONSE)).ask(
        None, f"/v1/responses/{row.id}".encode(), b"GET"
    )
    assert there.status == 200, there.body
    (row,) = office.register.rows.values()
    assert row.settled == 1
