"""Answers tell in which conversation they were given."""

import json
from typing import Any

import pytest

from trigate.llm.resource.within import within

RESPONSE: dict[str, Any] = {"id": "r", "object": "response", "conversation": None, "output": []}
TOLD = {**RESPONSE, "conversation": {"id": "c"}}


def event(kind: str, **more: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def test_a_whole_answer_has_the_member_once():
    told = within(json.dumps(RESPONSE).encode(), "c")
    assert told.count(b"conversation") == 1
    assert json.loads(told) == TOLD


def test_in_a_stream_only_whole_answers_are_changed():
    word = event("response.output_text.delta", delta='a "response"')
    stream = event("response.created", response=RESPONSE) + word + event("response.completed", response=RESPONSE)
    told = within(stream, "c")
    found = [json.loads(line[6:]) for line in told.split(b"\n") if line.startswith(b"data: ")]
    assert [each.get("response") for each in found] == [TOLD, None, TOLD]
    assert word in told


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"error":{}}', b"data: [DONE]\n\n", b'data: {"response":5}\n\n', b": x\n\n"]
)
def test_what_is_no_answer_stays_as_it_is(data: bytes):
    assert within(data, "c") == data
