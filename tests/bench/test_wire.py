"""Requests become the bytes that callers send."""

import json
import socket
import threading

import h11
import pytest

from bench import message, port, wire
from bench.message import Request
from tests.patience import PATIENCE


def test_a_strict_reader_reads_the_bytes() -> None:
    reader = h11.Connection(h11.SERVER)
    request = message.chat("chat", stream=True)
    reader.receive_data(wire.encode(request, "127.0.0.1:1"))
    head, body = reader.next_event(), reader.next_event()
    assert isinstance(head, h11.Request)
    assert isinstance(body, h11.Data)
    assert head.target == b"/v1/chat/completions"
    assert body.data == request.body.encode()


def test_calls_are_numbered_and_other_bodies_are_not() -> None:
    bodies = wire.numbered(message.tool_call("forecast"), 3)
    assert [json.loads(body)["id"] for body in bodies] == [1001, 1002, 1003]
    assert len(wire.numbered(message.chat("chat", stream=False), 3)) == 1


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nxxxx", ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nyyyy", "answer 200: yyyy"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\n\r\nxxxx", "answer 502: xxxx"),
    ],
)
def test_a_probe_says_what_was_wrong(answer: bytes, wrong: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer_once, args=(server, answer))
        thread.start()
        found = wire.probe(Request("GET", "/", "xxxx"), server.getsockname()[1])
        thread.join(PATIENCE)
    assert found == wrong


def test_a_probe_of_nobody_says_so() -> None:
    assert "refused" in wire.probe(Request("GET", "/", "x"), port.free())


def _answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)
