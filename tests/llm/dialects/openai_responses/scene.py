"""Streams and answers of Responses, put together for tests, and what is made of them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from trigate.llm.conversation import Conversation
from trigate.llm.dialects.openai_responses.dialect import DIALECT
from trigate.llm.reply import Begin, ChoiceEnd, Count, Delta, End, Event, PartBegin, PartEnd, Stop, Tally

Json = dict[str, Any]
LIMIT = 2**16


def ask(**members: Any) -> Conversation:
    """An ask of a Responses caller."""
    return DIALECT.read_ask({"model": "m", "input": "Hello", **members}, "m", streamed=True)


def stream(*events: Json) -> bytes:
    """Events as a provider sends them, numbered."""
    numbered = [{"sequence_number": place, **each} for place, each in enumerate(events)]
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (each["type"].encode(), json.dumps(each).encode()) for each in numbered
    )


def read(*events: Json) -> list[Event]:
    """What a provider's events say."""
    reader = DIALECT.stream_reader(LIMIT)
    return reader.feed(stream(*events)) + reader.finish()


def write(*events: Event, to: Conversation | None = None) -> list[Json]:
    """What a caller sees of events."""
    return list(parse(DIALECT.stream_writer(to or ask()).write(events)))


def parse(data: bytes) -> Iterator[Json]:
    """The events of a stream."""
    for block in data.decode().split("\n\n"):
        if block:
            head, _, body = block.partition("\n")
            value = json.loads(body.removeprefix("data: "))
            assert head == f"event: {value['type']}"
            yield value


def kinds(events: Sequence[Json]) -> list[str]:
    """Their types, without what all of them begin with."""
    return [each["type"].removeprefix("response.") for each in events]


def told(part: Any, text: str, index: int = 0) -> list[Event]:
    """A part that is told in one piece."""
    return [PartBegin(index=index, part=part), Delta(index=index, text=text), PartEnd(index=index)]


def whole(*events: Event, stop: Stop = "end", tally: Tally | None = None) -> list[Event]:
    """A complete answer."""
    count: list[Event] = [Count(tally=tally)] if tally is not None else []
    return [Begin(id="resp_1", model="m", created=7), *events, ChoiceEnd(stop=stop), *count, End()]


def response(*output: Json, **members: Any) -> Json:
    """A response."""
    return {"id": "resp_1", "object": "response", "created_at": 7, "model": "m", "status": "completed"} | {
        "output": list(output),
        **members,
    }


def message(text: str, **members: Any) -> Json:
    """A message of the model."""
    piece = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [piece], **members}
