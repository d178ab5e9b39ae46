"""Two workers: whichever of them has a caller's stream, and whichever gets its messages, it hears what concerns it."""

import http.client
import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.test_asking import numbered
from tests.mcp.listening.test_host import TALKER
from tests.mcp.stage import modern_request
from tests.patience import PATIENCE

ACCEPT = "application/json, text/event-stream"


def configured(era: str, workers: int = 2) -> str:
    talker = {"command": [sys.executable, "-c", TALKER, era], "era": era}
    return (
        f"inbound: {{ listen: '127.0.0.1:<port>', workers: {workers} }}\n"
        f"mcp: {json.dumps({'servers': {'talker': talker}})}\n"
    )


class Stream:
    """A stream of events, read as they come."""

    def __init__(self, running: Gateway, method: str, fields: dict[str, str], body: bytes | None = None) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=PATIENCE)
        self.connection.request(method, "/mcp", body, {"authorization": f"Bearer {KEY}", "accept": ACCEPT} | fields)
        self.answer = self.connection.getresponse()
        self.ids: list[str] = []
        self.messages: list[Any] = []
        self.ended = False
        self.thread = Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            for line in self.answer:
                name, _, value = line.decode().strip().partition(": ")
                if name == "id":
                    self.ids.append(value)
                elif name == "data" and value:
                    self.messages.append(json.loads(value))
        self.ended = True

    @property
    def methods(self) -> list[str]:
        return [each.get("method", "").removeprefix("notifications/") for each in self.messages]

    def leave(self) -> None:
        if self.connection.sock is not None:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE)
        self.connection.close()
        self.answer.close()


class Caller:
    """A caller of the older protocol, each of whose messages takes a connection of its own."""

    def __init__(self, running: Gateway) -> None:
        self.running, self.session = running, ""
        about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        status, fields, _ = self.post("initialize", about)
        assert status == 200
        self.session = fields["mcp-session-id"]
        assert self.post("notifications/initialized", {}, id=None)[0] == 202

    def post(self, method: str, params: dict[str, Any], id: int | None = 1) -> tuple[int, dict[str, str], bytes]:
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})
        more = {"mcp_session_id": self.session} if self.session else {}
        body = json.dumps(message).encode()
        return self.running.ask("POST", "/mcp", body, accept=ACCEPT, content_type="application/json", **more)

    def act(self, what: str) -> None:
        assert self.post("tools/call", {"name": "talker__act", "arguments": {"what": what}})[0] == 200

    def tools(self) -> list[str]:
        return [each["name"] for each in json.loads(self.post("tools/list", {})[2])["result"]["tools"]]

    def listen(self, last: str = "") -> Stream:
        more = {"last-event-id": last} if last else {}
        return Stream(self.running, "GET", {"mcp-session-id": self.session} | more)


@contextmanager
def listening(stream: Stream) -> Iterator[Stream]:
    assert stream.answer.status == 200
    yield stream
    stream.leave()


@numbered
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_a_session_hears_in_one_worker_what_it_asked_for_in_another(
    gateway: Callable[[str], Gateway], era: str, workers: int
):
    running = gateway(configured(era, workers))
    caller = Caller(running)
    last = ""
    for _ in range(4):  # the stream comes to be in either worker, and the box with it
        with listening(caller.listen(last)) as stream:
            for _ in range(3):
                assert caller.post("resources/subscribe", {"uri": "a:b"})[0] == 200
            heard = len(stream.messages)
            caller.act("touch")
            running.until(lambda: "resources/updated" in stream.methods[heard:])  # noqa: B023
            last = stream.ids[-1]
    assert caller.tools() == caller.tools() == ["talker__act"]
    with listening(caller.listen(last)) as stream:
        for _ in range(4):
            caller.tools()
        caller.act("add")
        running.until(lambda: "tools/list_changed" in stream.methods)
        # What it was told first may be about its move from one worker to the other; lists are kept for a minute.
        running.until(lambda: {tuple(caller.tools()) for _ in range(8)} == {("talker__act", "talker__new")})
        assert running.ask("DELETE", "/mcp", mcp_session_id=caller.session)[0] == 204
        running.until(lambda: stream.ended)
    assert caller.post("ping", {})[0] == 404


@numbered
def test_callers_of_the_newer_era_hear_in_every_worker_and_the_end_comes_at_once(
    gateway: Callable[[str], Gateway], workers: int
):
    running = gateway(configured("modern", workers))
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["a:b"]}
    streams = []
    for number in range(6):
        fields, body = modern_request("subscriptions/listen", {"notifications": wanted}, id=number)
        streams.append(Stream(running, "POST", fields, body))
    running.until(lambda: all(each.methods == ["subscriptions/acknowledged"] for each in streams))
    caller = Caller(running)
    caller.act("touch")
    running.until(lambda: all("resources/updated" in each.methods for each in streams))
    caller.act("add")
    running.until(lambda: all("tools/list_changed" in each.methods for each in streams))
    running.ask_to_stop()
    running.until(lambda: all(each.ended for each in streams))
    assert [each.messages[-1]["result"]["resultType"] for each in streams] == ["complete"] * 6
    for each in streams:
        each.leave()


def test_a_revoked_key_ends_its_streams(gateway: Callable[[str], Gateway]):
    keys = "policy: {{ keys: {{ test: {{ secret: '${{TRIGATE_KEY}}' }}{} }} }}\n"
    second = "second-key-0123456789-of-the-test"
    running = gateway(configured("legacy") + keys.format(f", other: {{ secret: {second} }}"))
    fields, body = modern_request("subscriptions/listen", {"notifications": {"toolsListChanged": True}})
    stream = Stream(running, "POST", fields | {"authorization": f"Bearer {second}"}, body)
    running.until(lambda: stream.methods)
    running.write(configured("legacy") + keys.format(""))
    running.until(lambda: stream.ended)
    stream.leave()
