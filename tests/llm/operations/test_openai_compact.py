"""A conversation is made shorter by the provider that will go on with it, and by nobody for strangers."""

from typing import Any

import pytest

from tests.llm.resource.office import Office
from tests.llm.resource.test_recall import COMPLETION, RESPONSE, again, say
from tests.llm.scene import answers

PATH = b"/v1/responses/compact"
COUNT = b"/v1/responses/input_tokens"
COMPACTED = {
    "id": "resp_c",
    "object": "response.compaction",
    "created_at": 1,
    "output": [{"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}],
    "usage": {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 40},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 110,
    },
}


async def ask(office: Office, path: bytes = PATH, **more: Any) -> Office:
    return await office.ask({"model": "smart", "input": "Hi", **more}, path, b"POST")


async def test_it_goes_to_the_provider_and_is_paid_for():
    office = await ask(Office(answers(COMPACTED)), instructions="Be short.")
    assert office.json == COMPACTED
    assert office.asked == [b"POST /v1/responses/compact"]
    assert office.upstream == {"model": "gpt-large", "input": "Hi", "instructions": "Be short."}
    assert (office.last["action"], office.last["resource"]) == ("llm.responses.compact", "model/smart")
    assert office.usage.cost == 100 * 10_000 + 10 * 100_000


async def test_who_keeps_no_answers_makes_none_shorter():
    office = await ask(Office(), model="simple")
    assert (office.status, office.asked) == (404, [])


async def test_it_goes_on_from_an_answer_of_ones_own():
    first = await say(Office(answers(RESPONSE)), "I am Ann.", "smart")
    office = await ask(again(first, answers(COMPACTED)), previous_response_id=first.json["id"])
    assert office.upstream["previous_response_id"] == "resp_raw"


async def test_an_answer_that_the_gateway_keeps_is_made_shorter_with_all_before_it():
    first = await say(Office(answers(COMPLETION)), "I am Ann.")
    office = await ask(again(first, answers(COMPACTED)), previous_response_id=first.json["id"])
    assert "previous_response_id" not in office.upstream
    assert [each["role"] for each in office.upstream["input"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize("path", [PATH, COUNT])
async def test_an_identifier_of_the_provider_or_of_others_is_unknown(path: bytes):
    for id in ("resp_raw", Office().handle("response", "resp_raw", owner="other")):
        office = await ask(Office(), path, previous_response_id=id)
        assert (office.status, office.asked) == (404, [])
