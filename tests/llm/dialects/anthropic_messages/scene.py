"""What the tests of the dialect share: short ways to read, to write, and to ask in another dialect."""

import json
from typing import Any

import msgspec

from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Conversation, Part, Text, Turn
from trigate.llm.dialects.anthropic_messages.dialect import DIALECT
from trigate.llm.event_stream import write_event
from trigate.llm.loss import Losses

JSON = dict[str, Any]
MODEL = "some-model"
OTHER = "openai_chat"
LIMIT = 2**16


def ask(*messages: JSON, **members: Any) -> JSON:
    """A caller's body."""
    given = list(messages) or [{"role": "user", "content": "Hello"}]
    return {"model": MODEL, "max_tokens": 4096, "messages": given, **members}


def read(body: JSON) -> Conversation:
    return DIALECT.read_ask(body, MODEL, streamed=bool(body.get("stream")))


def through(body: JSON, model: str = MODEL) -> tuple[JSON, list[tuple[str, str, str]]]:
    """What a provider of the same dialect gets, and what was lost."""
    return write(read(body), model)


def write(conversation: Conversation, model: str = MODEL, **manners: Any) -> tuple[JSON, list[tuple[str, str, str]]]:
    """What a provider gets, and what was lost."""
    losses = Losses()
    body = DIALECT.write_ask(conversation, Manners(model=model, **manners), losses)
    return json.loads(msgspec.json.encode(body)), [(each.field, each.fate, each.why) for each in losses.found()]


def talk(*turns: Turn, **members: Any) -> Conversation:
    """An ask made in another dialect."""
    given = list(turns) or [said("Hello")]
    return Conversation(dialect=OTHER, model=MODEL, turns=given, **members)


def said(*parts: Part | str, role: Any = "user") -> Turn:
    return Turn(role, [Text(text=each) if isinstance(each, str) else each for each in parts])


def event(body: JSON) -> bytes:
    """One event of a provider's stream."""
    return write_event(json.dumps(body).encode(), body["type"])


def told(data: bytes) -> list[JSON]:
    """The data of a stream's events."""
    return [json.loads(line[6:]) for line in data.decode().splitlines() if line.startswith("data: ")]
