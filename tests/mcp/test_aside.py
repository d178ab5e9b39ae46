"""Servers of the older protocol that ask beside the call, on the stream of its session."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, CAPABLE, FORM, Asks, begin, responses
from tests.mcp.servers import LegacyServer, error
from tests.mcp.stage import Answered, Gateway, Played, Sent, gateway
from tests.patience import PATIENCE
from trigate.mcp.settings import Server
from trigate.mcp.upstream import Memory

OWN = Server(url="http://git/mcp")
"""Each principal has a session of its own."""
CALL = {"name": "git__echo", "arguments": {"text": "x"}}


class AsksBeside(Asks):
    """Asks on the stream of the session."""

    def __init__(self, *rounds: dict[str, Any], settings: Server | None = None) -> None:
        super().__init__(*rounds, settings=settings or OWN)
        self.beside: dict[str, asyncio.Queue[bytes]] = {}
        self.of: dict[str, str] = {}
        """The session of each call."""

    def answer(self, sent: Sent) -> Played:
        if (sent.body or {}).get("method") == "tools/call":
            self.of[str(sent.body["id"])] = session = sent.fields["mcp-session-id"]
            if session not in self.sessions:
                return error(sent.body["id"], -32600, "Session not found", status=404)
        return super().answer(sent)

    def stream(self, sent: Sent, session: str | None) -> Played:
        assert session in self.sessions
        self.beside[session] = queue = asyncio.Queue[bytes]()
        return Played(200, live=queue)

    def say(self, call: str, message: Any) -> None:
        if "method" not in message:
            return super().say(call, message)
        beside = self.beside.get(self.of[call])
        assert beside is not None, "it is asked before anybody listens"
        return beside.put_nowait(b"data: " + json.dumps(message).encode() + b"\n\n")

    def end_streams(self) -> None:
        for each in self.beside.values():
            each.put_nowait(b"")

    @property
    def listened(self) -> list[Sent]:
        return [each for each in self.seen if each.method == "GET"]


@asynccontextmanager
async def before(played: LegacyServer) -> AsyncIterator[Gateway]:
    """A gateway before a server, whose sessions end in the end."""
    async with gateway({"git": played}) as gate:
        yield gate
        memory: Memory = gate.surroundings.keep.things["mcp.server.git"]  # type: ignore[attr-defined]
        memory.drain()


def told(answer: Answered) -> Any:
    return json.loads(answer.message["result"]["content"][0]["text"])


async def again(gate: Gateway, asked: Answered) -> Answered:
    """The call sent again with answers."""
    result = asked.message["result"]
    params = {**CALL, "inputResponses": responses(result["inputRequests"]), "requestState": result["requestState"]}
    return await gate.modern("tools/call", params, meta=CAPABLE, id="again")


async def test_a_modern_caller_is_asked_what_its_server_asks_beside_its_call():
    played = AsksBeside({"a": FORM})
    async with before(played) as gate:
        for _ in range(2):
            played.told.clear()
            asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
            assert list(asked.json["result"]["inputRequests"].values()) == [FORM]
            assert told(await again(gate, asked)) == [{"a": ACCEPTED}]
        assert len(played.listened) == 1
        assert played.listened[0].fields["mcp-protocol-version"] == "2025-11-25"
        assert played.cancelled == []


async def test_a_legacy_caller_is_asked_what_its_server_asks_beside_its_call():
    played = AsksBeside({"a": FORM}, {"b": FORM})
    async with before(played) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        for _ in range(2):
            asked = await talk.next()
            assert asked["params"] == FORM["params"]
            await talk.reply(asked["id"], ACCEPTED)
        assert told(await talk.end()) == [{"a": ACCEPTED}, {"b": ACCEPTED}]


async def test_what_may_be_for_either_of_two_calls_is_refused():
    played = AsksBeside({"a": FORM})
    async with before(played) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        ((key, refused),) = told(await gate.modern("tools/call", CALL, meta=CAPABLE))[0].items()
        assert key == "a"
        assert "nobody can tell whom to ask" in refused["message"]
        played.waiting = 1
        assert told(await again(gate, first))[-1] == {"a": ACCEPTED}
        # What is over is not in the way.
        assert "inputRequests" in (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]


async def test_in_a_session_that_is_nobodys_own_nobody_is_asked():
    played = AsksBeside({"a": FORM}, settings=Server(url="http://git/mcp", sessions="shared"))
    async with before(played) as gate:
        found = told(await gate.modern("tools/call", CALL, meta=CAPABLE))
        assert "nobody can tell whom to ask" in found[0]["a"]["message"]


async def test_a_server_without_such_streams_is_asked_for_one_but_once():
    played = LegacyServer(settings=OWN)
    async with before(played) as gate:
        for _ in range(3):
            done = await gate.modern("tools/call", CALL, meta=CAPABLE)
            assert done.json["result"]["structuredContent"] == {"text": "x"}
        assert [each.method for each in played.seen].count("GET") == 1


async def test_callers_who_cannot_be_asked_have_no_such_stream():
    played = AsksBeside()
    async with before(played) as gate:
        assert told(await gate.modern("tools/call", CALL)) == []
        assert played.listened == []


async def test_a_session_that_the_server_has_forgotten_is_begun_again_with_its_stream():
    played = AsksBeside({"a": FORM})
    async with before(played) as gate:
        await again(gate, await gate.modern("tools/call", CALL, meta=CAPABLE))
        played.sessions.clear()
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert told(await again(gate, asked))[-1] == {"a": ACCEPTED}
        assert len({each.fields["mcp-session-id"] for each in played.listened}) == 2


async def test_a_stream_that_ends_is_opened_again_for_a_call_under_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trigate.mcp.aside._PAUSE", 0.0)
    played = AsksBeside({"a": FORM}, {"b": FORM})
    async with before(played) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        played.end_streams()
        await until(lambda: len(played.listened) == 2)
        assert told(await again(gate, await again(gate, asked))) == [{"a": ACCEPTED}, {"b": ACCEPTED}]


async def test_a_stream_that_ends_is_opened_again_for_the_next_call():
    played = AsksBeside({"a": FORM})
    async with before(played) as gate:
        for number in range(1, 3):
            await again(gate, await gate.modern("tools/call", CALL, meta=CAPABLE))
            assert len(played.listened) == number
            played.end_streams()
            await until(lambda: gate.client.opened == gate.client.closed)


async def test_a_stream_is_ended_some_time_after_its_last_call(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trigate.mcp.aside._LINGER", 0.0)
    played = AsksBeside({"a": FORM})
    async with before(played) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        open_before = gate.client.opened - gate.client.closed
        await again(gate, asked)
        await until(lambda: gate.client.opened - gate.client.closed < open_before - 1)
        assert "inputRequests" in (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        assert len(played.listened) == 2


class Tells(AsksBeside):
    """Says on the stream of the session how far its calls are, and answers them when a test says so."""

    def __init__(self, settings: Server | None = None) -> None:
        super().__init__(settings=settings)
        self.tokens: dict[str, Any] = {}
        self.by_text: dict[str, str] = {}

    def ask(self, call: str, place: int) -> None:
        """Not yet."""

    def answer(self, sent: Sent) -> Played:
        if (sent.body or {}).get("method") == "tools/call":
            self.tokens[str(sent.body["id"])] = sent.body["params"].get("_meta", {}).get("progressToken")
            self.by_text[sent.body["params"]["arguments"]["text"]] = str(sent.body["id"])
        return super().answer(sent)

    def tell(self, call: str, method: str, **params: Any) -> None:
        self.say(call, {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": params})

    def finish(self, call: str) -> None:
        super().ask(call, 0)


async def test_how_far_a_call_is_may_be_said_beside_it():
    played = Tells()
    async with before(played) as gate:
        session = await gate.initialize()
        talks = [
            begin(
                gate,
                session,
                "tools/call",
                {"name": "git__echo", "arguments": {"text": each}, "_meta": {"progressToken": each}},
                id=each,
            )
            for each in ("t1", "t2")
        ]
        await until(lambda: len(played.tokens) == 2 and played.beside)
        one, two = (played.by_text[each] for each in ("t1", "t2"))
        played.tell(two, "progress", progressToken=played.tokens[two], progress=2)
        played.tell(one, "message", level="error", data="of which one?")
        played.tell(one, "progress", progressToken=played.tokens[one], progress=1)
        heard = [await each.next() for each in talks]
        assert {each["params"]["progressToken"]: each["params"]["progress"] for each in heard} == {"t1": 1, "t2": 2}
        played.finish(two)
        await until(lambda: any(each.task.done() for each in talks))
        played.tell(one, "message", level="error", data="of this one")
        open_still = next(each for each in talks if not each.task.done())
        assert (await open_still.next())["params"] == {"level": "error", "data": "of this one"}
        played.finish(one)
        for each in talks:
            assert "result" in (await each.end()).message
        assert len(played.listened) == 1


async def test_in_a_session_that_all_share_calls_are_made_as_ever():
    played = Tells(Server(url="http://git/mcp", sessions="shared"))
    async with before(played) as gate:
        talk = begin(gate, await gate.initialize(), "tools/call", CALL | {"_meta": {"progressToken": 1}})
        await until(lambda: played.tokens)
        assert played.listened == []
        played.finish(*played.tokens)
        assert "result" in (await talk.end()).message


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)
