"""Conversations that callers make: looked at, changed, added to, and forgotten, by their owner alone."""

from typing import Any

import pytest

from tests.llm.resource.office import Office
from tests.llm.resource.test_recall import COMPLETION, RESPONSE, again, say
from tests.llm.scene import answers
from trigate.llm.resource.conversation import shown
from trigate.llm.resource.dialogue import Item

PLACE = b"/v1/conversations"


async def make(**said: Any) -> tuple[Office, bytes]:
    office = await Office().ask(said, PLACE, b"POST")
    assert office.status == 200, office.body
    return office, PLACE + b"/" + office.json["id"].encode()


async def texts(office: Office, path: bytes) -> list[tuple[str, str]]:
    page = (await again(office).ask(path=path + b"/items?order=asc")).json
    return [(each["role"], each["content"][0]["text"]) for each in page["data"]]


async def test_one_is_made_looked_at_changed_and_forgotten():
    office, path = await make(metadata={"topic": "tea"})
    assert office.json["id"].startswith("conv_tg_")
    assert office.json["object"] == "conversation"
    assert (await again(office).ask(path=path)).json == office.json
    changed = await again(office).ask({"metadata": {"topic": "rum"}}, path, b"POST")
    assert changed.json["metadata"] == {"topic": "rum"}
    assert changed.last["resource"] == "conversation/own"
    gone = await again(office).ask(path=path, method=b"DELETE")
    assert (gone.json["deleted"], gone.json["object"]) == (True, "conversation.deleted")
    for method in (b"GET", b"DELETE"):
        assert (await again(office).ask(path=path, method=method)).status == 404


async def test_items_are_added_looked_at_and_taken_away():
    office, path = await make(items=[{"type": "message", "role": "user", "content": "one"}])
    more = [{"role": "assistant", "content": "two"}, {"type": "function_call_output", "call_id": "c", "output": "3"}]
    added = (await again(office).ask({"items": more}, path + b"/items", b"POST")).json["data"]
    assert [each["type"] for each in added] == ["message", "function_call_output"]
    page = (await again(office).ask(path=path + b"/items?order=asc&limit=2")).json
    assert page["data"][1] == added[0]
    assert page["has_more"]
    one = path + b"/items/" + added[0]["id"].encode()
    assert (await again(office).ask(path=one)).json["content"][0]["text"] == "two"
    assert (await again(office).ask(path=one, method=b"DELETE")).json["object"] == "conversation"
    for method in (b"GET", b"DELETE"):
        assert (await again(office).ask(path=one, method=method)).status == 404
    assert len((await again(office).ask(path=path + b"/items")).json["data"]) == 2


async def test_two_items_of_one_name_get_two():
    item = {"id": "same", "role": "user", "content": "one"}
    office, path = await make(items=[item, item])
    assert (await again(office).ask({"items": [item, item]}, path + b"/items", b"POST")).status == 200
    page = (await again(office).ask(path=path + b"/items?order=asc")).json
    assert len({each["id"] for each in page["data"]}) == 4
    assert page["data"][0]["id"] == "same"


@pytest.mark.parametrize(
    "said",
    [
        {"items": [5]},
        {"items": "x"},
        {"items": [{"role": "user", "content": "x"}] * 21},
        {"items": [{"type": 5}]},
        {"metadata": {"a": 5}},
        {"metadata": {str(n): "x" for n in range(17)}},
        {"metadata": {"a" * 65: "x"}},
        {"metadata": {"a": "x" * 513}},
        [],
    ],
)
async def test_what_cannot_be_kept_is_refused(said: Any):
    assert (await Office().ask(said, PLACE, b"POST")).status == 400


async def test_one_that_is_too_long_is_refused():
    items = [{"role": "user", "content": "x" * 70_000}]
    assert (await Office().ask({"items": items}, PLACE, b"POST")).status == 413


async def test_to_others_it_is_unknown():
    office, _ = await make()
    foreign = office.handle("conversation", "conv_1", "", "other")
    assert (await again(office).ask(path=PLACE + b"/" + foreign.encode())).status == 404
    assert (await say(again(office), "Hi", conversation=foreign)).status == 404


@pytest.mark.parametrize("streamed", [False, True])
async def test_answers_are_added_to_it(streamed: bool):
    office, path = await make(items=[{"role": "user", "content": "I am Ann."}])
    id = office.json["id"]
    first = await say(again(office, answers(COMPLETION)), "Who am I?", conversation=id)
    assert first.status == 200, first.body
    assert first.json["conversation"] == {"id": id}
    assert [each["role"] for each in first.upstream["messages"]] == ["user", "user"]
    said: Any = {"id": id} if streamed else id
    second = await say(again(first, answers(COMPLETION)), "Sure?", conversation=said, store=False)
    assert [each["role"] for each in second.upstream["messages"]] == ["user", "user", "assistant", "user"]
    assert await texts(second, path) == [
        ("user", "I am Ann."),
        ("user", "Who am I?"),
        ("assistant", "Hi Ann."),
        ("user", "Sure?"),
        ("assistant", "Hi Ann."),
    ]


async def test_it_goes_on_with_any_provider_and_what_that_keeps_is_not_known_by_its_name():
    office, _ = await make()
    id = office.json["id"]
    first = await say(again(office, answers(RESPONSE)), "I am Ann.", "openai/gpt-large", conversation=id)
    assert first.status == 200
    assert b"resp_raw" not in first.body
    assert "conversation" not in first.upstream
    second = await say(again(first, answers(COMPLETION)), "Who?", conversation=id)
    assert len(second.upstream["messages"]) == 3
    looked = await again(second).ask(path=b"/v1/responses/" + first.json["id"].encode())
    assert looked.json["id"] == first.json["id"]


async def test_the_whole_is_limited_and_counted_as_a_call_of_its_own():
    office, _ = await make(items=[{"role": "user", "content": "x" * 4000}])
    reply = {**COMPLETION, "usage": None}
    said = await say(again(office, answers(reply)), "Hi", conversation=office.json["id"])
    child, own = said.spool.records
    assert (child["parent"], child["action"]) == (own["id"], "llm.chat")
    assert child["usage"]["input_tokens"] >= 1000
    assert "input_tokens" not in own["usage"]


@pytest.mark.parametrize("more", [{"background": True}, {"previous_response_id": "resp_tg_x"}])
async def test_there_is_one_way_to_go_on(more: dict[str, Any]):
    office, _ = await make()
    said = await say(again(office), "Hi", "smart", conversation=office.json["id"], **more)
    assert (said.status, said.error["param"]) == (400, "conversation")


async def test_one_that_was_forgotten_is_unknown():
    office, path = await make()
    await again(office).ask(path=path, method=b"DELETE")
    said = await say(again(office), "Hi", conversation=office.json["id"])
    assert (said.status, said.asked) == (404, [])


async def test_one_that_is_being_answered_is_neither_answered_nor_changed_twice():
    office, path = await make(items=[{"role": "user", "content": "one"}])
    (name,) = [key.removeprefix("d-") for key in office.shelf._held]
    turn = await office.desk._dialogues.take(name)
    said = await say(again(office), "Hi", conversation=office.json["id"])
    assert (said.status, said.error["code"]) == (409, "resource.busy")
    more = {"items": [{"role": "user", "content": "two"}]}
    for method, place, body in [(b"POST", path + b"/items", more), (b"POST", path, {}), (b"DELETE", path, b"")]:
        assert (await again(office).ask(body, place, method)).status == 409
    assert (await again(office).ask(path=path)).status == 200
    turn.close()
    assert (await again(office).ask(more, path + b"/items", b"POST")).status == 200
    assert await texts(office, path) == [("user", "one"), ("user", "two")]


async def test_a_failed_answer_adds_nothing_and_leaves_it_free():
    office, path = await make()
    id = office.json["id"]
    failed = await say(again(office, answers({"error": {"message": "no"}}, 400)), "Hi", conversation=id)
    assert failed.status == 400
    assert await texts(failed, path) == []
    assert (await say(again(failed, answers(COMPLETION)), "Hi", conversation=id)).status == 200


def test_a_text_is_shown_as_a_part():
    told = shown(Item("msg_1", b'{"role":"assistant","content":"x"}'))
    assert told["content"] == [{"type": "output_text", "text": "x", "annotations": []}]
    assert (told["id"], told["type"], told["status"]) == ("msg_1", "message", "completed")
