"""A response has one name for its caller, wherever it stands, and however its bytes come."""

import asyncio
import json
from typing import Any

import pytest

from trigate.core.parts import Data, Head
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.llm.resource.rename import Renamer, RenamingSink, read_response


def test_the_name_is_exchanged_where_it_is_a_whole_value():
    renamer = Renamer(lambda old: f"new-{old}", {b'"resp_before"': b'"ours"'})
    data = b'{"id": "resp_1", "previous_response_id":"resp_before", "text": "\\"resp_1\\"", "again":"resp_1"}'
    said = json.loads(renamer.change(data))
    assert said == {"id": "new-resp_1", "previous_response_id": "ours", "text": '"resp_1"', "again": "new-resp_1"}
    assert renamer.id == "new-resp_1"


def test_what_has_no_name_stays():
    renamer = Renamer(str)
    assert renamer.change(b'{"error":{}}') == b'{"error":{}}'
    assert not renamer.id


async def test_the_length_of_an_answer_follows_its_name():
    inner = Collector(Signal(asyncio.get_running_loop()))
    sink = RenamingSink(inner, lambda data: data.replace(b"a", b"bcd"))
    sink.begin(Head(200, [(b"content-type", b"application/json"), (b"content-length", b"2")]))
    assert not inner.parts
    last: Any = sink.last(Data(b"xa"))
    assert last.payload == b"xbcd"
    assert inner.parts == [Head(200, [(b"content-type", b"application/json"), (b"content-length", b"4")])]


async def test_a_stream_is_not_held_back():
    inner = Collector(Signal(asyncio.get_running_loop()))
    sink = RenamingSink(inner, lambda data: data + b"!")
    sink.begin(Head(200, [(b"content-type", b"text/event-stream; charset=utf-8")]))
    await sink.send(Data(b"x"))
    assert [getattr(each, "payload", b"") for each in inner.parts] == [b"", b"x!"]
    assert sink.last(Data(b"y")) == Data(b"y!")


async def test_what_need_not_be_awaited_is_changed_too():
    said: list[Any] = []

    class Inner(Collector):
        __slots__ = ()

        def put(self, part: Any) -> None:
            said.append(part)

    sink = RenamingSink(Inner(Signal(asyncio.get_running_loop())), lambda data: data + b"!")
    sink.put(Data(b"x"))
    assert said == [Data(b"x!")]


@pytest.mark.parametrize("kind", ["response.completed", "response.incomplete"])
def test_the_end_of_a_stream_holds_the_whole(kind: str):
    event = {"type": kind, "response": {"id": "resp_1", "status": "completed", "output": [{"a": 1}]}}
    found = read_response(f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode(), streamed=True)
    assert found is not None
    assert found[1].id == "resp_1"
    assert [bytes(each) for each in found[1].output] == [b'{"a": 1}']


@pytest.mark.parametrize("data", [b"", b"data: x\n\n", b'data: {"type":"response.failed","response":{"id":"r"}}\n\n'])
def test_what_failed_is_not_kept(data: bytes):
    assert read_response(data, streamed=True) is None
    assert read_response(b"[]", streamed=False) is None
