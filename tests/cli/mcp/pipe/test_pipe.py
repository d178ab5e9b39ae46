"""Lines become requests, and answers lines, in both eras of the protocol."""

import io
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.patience import PATIENCE
from trigate.cli.mcp.pipe import pipe as module
from trigate.cli.mcp.pipe.pipe import Pipe
from trigate.mcp.version import MODERN, PROTOCOL_VERSION

HELLO = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


class FakeAnswer:
    def __init__(self, status: int, pieces: list[bytes], kind: str = "application/json", **fields: str) -> None:
        self.status, self._pieces = status, pieces
        self._fields = {"content-type": kind} | {name.replace("_", "-"): value for name, value in fields.items()}
        self.closed = threading.Event()
        self.lasting = False

    def field(self, name: str) -> str:
        return self._fields.get(name, "")

    def pieces(self) -> Iterator[bytes]:
        yield from self._pieces
        if self.lasting:
            assert self.closed.wait(PATIENCE)
            raise ConnectionError("closed")

    def close(self) -> None:
        self.closed.set()


class FakeWay:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.sessions = ["s1"]
        self.live: list[FakeAnswer] = []
        self.came = threading.Semaphore(0)
        self.streams: list[FakeAnswer] = []

    def ask(self, method: str, fields: Mapping[str, str], body: bytes = b"") -> FakeAnswer:
        message = json.loads(body) if body else {}
        self.asked.append((method, dict(fields), message))
        answer = self.answer(method, dict(fields), message)
        self.came.release()
        return answer

    def answer(self, method: str, fields: dict[str, str], message: Any) -> FakeAnswer:
        if method == "GET":
            return self.streams.pop(0) if self.streams else FakeAnswer(405, [])
        if method == "DELETE":
            return FakeAnswer(204, [])
        if message.get("method") == "initialize":
            return FakeAnswer(200, [result(message)], mcp_session_id=self.sessions[0])
        if "mcp-session-id" in fields and fields["mcp-session-id"] not in self.sessions:
            return FakeAnswer(404, [b'{"error":"gone"}'])
        if "id" not in message:
            return FakeAnswer(202, [])
        if message["method"] == "last":
            answer = FakeAnswer(200, [], "text/event-stream")
            answer.lasting = True
            self.live.append(answer)
            return answer
        if message["method"] == "cut":
            return FakeAnswer(200, [b"id: 5\nretry: 1\ndata: \n\n"], "text/event-stream")
        return FakeAnswer(200, [result(message)])

    def close(self) -> None:
        """Nothing is kept."""

    def of(self, method: str) -> list[dict[str, str]]:
        return [fields for _, fields, message in self.asked if message.get("method") == method]


def result(message: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}).encode()


def talk(way: FakeWay, *messages: Any) -> list[Any]:
    """What the client is told in all."""
    output = io.BytesIO()
    Pipe(way, output).run([json.dumps(each).encode() + b"\n" for each in messages] + [b"\n"])
    return [json.loads(line) for line in output.getvalue().splitlines()]


def request(id: int, method: str, version: str = "", **params: Any) -> dict[str, Any]:
    if version:
        params["_meta"] = {PROTOCOL_VERSION: version}
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)


def test_a_session_is_begun_used_and_ended():
    way = FakeWay()
    told = talk(way, HELLO, READY, request(1, "ping"))
    assert sorted(each["id"] for each in told) == [0, 1]
    assert way.of("ping")[0]["mcp-session-id"] == "s1"
    assert way.asked[-1][0] in {"DELETE", "GET"}
    assert "DELETE" in [method for method, _, _ in way.asked]


def test_a_forgotten_session_is_begun_again_without_the_client():
    way = FakeWay()

    class Restarted(FakeWay):
        def answer(self, method: str, fields: dict[str, str], message: Any) -> FakeAnswer:
            answer = super().answer(method, fields, message)
            if message.get("method") == "notifications/initialized":
                self.sessions = ["s2"]
            return answer

    way = Restarted()
    told = talk(way, HELLO, READY, request(1, "ping"))
    assert {"jsonrpc": "2.0", "id": 1, "result": {}} in told
    assert len([each for each in told if each["id"] == 0]) == 1
    assert way.of("ping")[-1]["mcp-session-id"] == "s2"


def test_a_session_that_cannot_be_begun_again_is_tried_anew_with_the_next_message():
    class Busy(FakeWay):
        hellos = 0

        def answer(self, method: str, fields: dict[str, str], message: Any) -> FakeAnswer:
            if message.get("method") != "initialize":
                return super().answer(method, fields, message)
            assert "mcp-session-id" not in fields
            self.hellos += 1
            if self.hellos == 2:
                return FakeAnswer(503, [b"busy"])
            return super().answer(method, fields, message)

    way, output = Busy(), io.BytesIO()

    def lines() -> Iterator[bytes]:
        yield json.dumps(HELLO).encode()
        way.sessions = ["s2"]
        for number in (1, 2):
            yield json.dumps(request(number, "ping")).encode()
            while output.getvalue().count(b"\n") <= number:
                assert way.came.acquire(timeout=PATIENCE)

    Pipe(way, output).run(lines())
    told = {each["id"]: each for each in map(json.loads, output.getvalue().splitlines())}
    assert "begins no session" in told[1]["error"]["message"]
    assert "result" in told[2]
    assert way.of("ping")[-1]["mcp-session-id"] == "s2"


def test_an_answer_that_breaks_off_is_resumed():
    way = FakeWay()
    way.streams = [FakeAnswer(405, []), FakeAnswer(200, [b'data: {"id":3,"result":{}}\n\n'], "text/event-stream")]
    output, streams = io.BytesIO(), way.streams

    def lines() -> Iterator[bytes]:
        for message in (HELLO, request(3, "cut")):
            yield json.dumps(message).encode()
        while streams or b'"id":3' not in output.getvalue():
            assert way.came.acquire(timeout=PATIENCE)

    Pipe(way, output).run(lines())
    told = [json.loads(line) for line in output.getvalue().splitlines()]
    resumed = [fields for method, fields, _ in way.asked if method == "GET"]
    assert resumed[0]["last-event-id"] == "5"
    assert told[-1] == {"id": 3, "result": {}}


def test_what_a_newer_message_says_is_repeated_in_header_fields():
    way = FakeWay()
    talk(way, request(1, "tools/call", MODERN, name="echo"))
    fields = way.of("tools/call")[0]
    assert (fields["mcp-method"], fields["mcp-name"]) == ("tools/call", "echo")
    assert fields["mcp-protocol-version"] == MODERN


def test_a_cancelled_request_of_the_newer_protocol_is_closed_and_not_answered():
    way = FakeWay()
    output = io.BytesIO()

    def lines() -> Iterator[bytes]:
        yield json.dumps(request(4, "last", MODERN)).encode()
        assert way.came.acquire(timeout=PATIENCE)
        while not way.live:
            pass
        while "4" not in pipe._answers:  # it is known a moment after it was sent
            pass
        yield b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}'
        assert way.live[0].closed.wait(PATIENCE)

    pipe = Pipe(way, output)
    pipe.run(lines())
    assert output.getvalue() == b""
    assert len(way.asked) == 1


def test_a_line_that_is_no_json_is_told():
    output = io.BytesIO()
    Pipe(FakeWay(), output).run([b"nonsense\n"])
    assert json.loads(output.getvalue())["error"]["code"] == -32700


def test_arguments_are_repeated_in_header_fields_once_the_tool_is_known():
    schema = {"type": "object", "properties": {"city": {"type": "string", "x-mcp-header": "City"}}}

    class Listing(FakeWay):
        def answer(self, method: str, fields: dict[str, str], message: Any) -> FakeAnswer:
            if message["method"] == "tools/list":
                tools = {"tools": [{"name": "weather", "inputSchema": schema}]}
                return FakeAnswer(200, [json.dumps({"id": message["id"], "result": tools}).encode()])
            return super().answer(method, fields, message)

    way, output = Listing(), io.BytesIO()
    pipe = Pipe(way, output)
    pipe.run([json.dumps(request(1, "tools/list", MODERN)).encode()])
    pipe.run([json.dumps(request(2, "tools/call", MODERN, name="weather", arguments={"city": "Rome"})).encode()])
    assert way.of("tools/call")[0]["mcp-param-city"] == "Rome"
