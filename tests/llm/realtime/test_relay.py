"""Messages cross in both directions; what breaks the rules ends the conversation, and says so."""

import asyncio
import json
from typing import Any

import pytest

from tests.llm.resource.office import Office
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import StreamBroken
from trigate.core.exchange import Exchange
from trigate.core.parts import END, Data, Part
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Collector
from trigate.core.usage import Usage
from trigate.llm.realtime.frame import BINARY, CLOSE, TEXT, Frame, FrameReader, write_frame
from trigate.llm.realtime.outbox import Outbox
from trigate.llm.realtime.relay import Relay
from trigate.llm.resource.premises import Place


class Says:
    """A caller who has said something, and leaves."""

    def __init__(self, signal: Signal, *pieces: bytes) -> None:
        self.signal = signal
        self.pieces = list(pieces)
        self.size = 0
        self.taken = False
        self.ready = True
        self.ended = False

    async def next(self) -> Part | None:
        return Data(self.pieces.pop(0)) if self.pieces else None


class Provider:
    """An answer that has switched: what comes, and what goes."""

    def __init__(self, signal: Signal, outbox: Outbox, *pieces: bytes) -> None:
        self.signal, self.outbox = signal, outbox
        self.chunks = list(pieces)
        self.error = None
        self.sent = b""
        self.upload = self
        self.ready = True

    @property
    def ended(self) -> bool:
        return not self.chunks

    def take(self) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""

    async def step(self) -> None:
        part: Any = await self.outbox.next()
        self.sent += part.payload


async def relayed(said: list[bytes], heard: list[bytes], limit: int = 1000) -> tuple[list[Frame], list[Frame], Call]:
    """What the caller got, what the provider got, and the call."""
    office = Office()
    signal = Signal(asyncio.get_running_loop())
    exchange = Exchange("1", Request(b"GET", b"/", b"/", b"", b"", [], {}), Peer(""), signal, 0.0)
    exchange.principal = Principal("dev", frozenset({"llm"}))
    call = Call("1", exchange, exchange.principal, Action("llm.realtime", "model/smart"), None, 0.0, Usage(), flags=[])
    outbox, sink = Outbox(signal), Collector(signal)
    provider: Any = Provider(signal, outbox, *heard)
    caller: Any = Says(signal, *said)
    place = Place("openai", "gpt-large", None)
    relay = Relay(call, office.premises, "smart", place, provider, outbox, caller, sink, limit)
    assert await relay.run() is END
    got = b"".join(each.payload for each in sink.parts if isinstance(each, Data))
    return (
        FrameReader(2**20, masked=False).feed(got),
        FrameReader(2**20, masked=True).feed(provider.sent),
        call,
    )


def text(event: Any, *, masked: bool = False) -> bytes:
    return write_frame(Frame(TEXT, json.dumps(event).encode()), masked=masked)


async def test_messages_cross_as_they_are():
    audio = Frame(BINARY, b"\x00\xff")
    said = [write_frame(audio, masked=True)]
    got, sent, _ = await relayed(said, [text({"type": "session.created"})] * 2)
    assert sent == [audio]
    assert [json.loads(each.payload)["type"] for each in got][:1] == ["session.created"]


async def test_a_session_keeps_the_model_that_was_allowed():
    event = {"type": "session.update", "session": {"model": "dearer", "x": 1.0}, "model": "kept"}
    _, sent, _ = await relayed([text(event, masked=True)], [text({})] * 2)
    assert json.loads(sent[0].payload) == {**event, "session": {"model": "gpt-large", "x": 1.0}}


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize(
    "session", [b'"session":{"mod\\u0065l":"dearer"}', b'"session":{"model":"dearer"},"session":{"model":"dearer"}']
)
async def test_no_other_spelling_of_the_model_gets_past(session: bytes, opcode: int):
    event = Frame(opcode, b'{"type":"session.update",%b}' % session)
    _, sent, _ = await relayed([write_frame(event, masked=True)], [text({})] * 2)
    assert json.loads(sent[0].payload) == {"type": "session.update", "session": {"model": "gpt-large"}}
    assert b"dearer" not in sent[0].payload


async def test_of_two_sessions_in_an_event_one_is_left():
    event = Frame(TEXT, b'{"session":{"model":"dearer"},"session":{}}')
    _, sent, _ = await relayed([write_frame(event, masked=True)], [text({})] * 2)
    assert b"dearer" not in sent[0].payload


async def test_an_event_that_only_the_provider_could_read_ends_it():
    event = Frame(TEXT, b'{"x":NaN,"session":{"model":"dearer"}}')
    _, sent, call = await relayed([write_frame(event, masked=True)], [text({})] * 3)
    assert sent == []
    assert call.flags == ["llm.realtime_ended:request.bad_frame"]


async def test_a_message_too_large_ends_it():
    got, sent, call = await relayed([write_frame(Frame(TEXT, b"x" * 2000), masked=True)], [text({})] * 3)
    assert sent == []
    assert json.loads(got[-2].payload)["error"]["code"] == "request.bad_frame"
    assert got[-1].opcode == CLOSE
    assert call.flags == ["llm.realtime_ended:request.bad_frame"]


async def test_a_provider_that_sends_no_frames_breaks_it_off():
    with pytest.raises(StreamBroken):
        await relayed([text({}, masked=True)], [b"\xff\xff\xff"])


async def test_who_leaves_in_the_middle_of_an_answer_pays_for_what_came():
    delta = {"type": "response.output_audio.delta", "delta": "A" * 700}
    _, _, call = await relayed([text({}, masked=True)], [text(delta)] * 2)
    assert call.usage.output_tokens > 0
    assert call.usage.estimated
