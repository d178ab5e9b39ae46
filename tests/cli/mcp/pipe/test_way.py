"""Connections are kept and used again, and one that was closed meanwhile is not."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.patience import PATIENCE
from trigate.cli.mcp.pipe.way import HttpWay

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Server:
    """Answers every request with `OK`; may close afterwards, or break off."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers: list[tuple[bytes, bool]] = []
        self.accepted = 0
        self.seen: list[bytes] = []
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            with connection:
                connection.settimeout(PATIENCE)
                while self.answers:
                    request = whole(connection)
                    if not request:
                        break
                    self.seen.append(request)
                    answer, close = self.answers.pop(0)
                    connection.sendall(answer)
                    if close:
                        break
            self.closed.set()


def whole(connection: socket.socket) -> bytes:
    """One request, however many pieces it comes in; empty at the end."""
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0].partition(b":")[2]):
        body += connection.recv(65_536)
    return head + body


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.listener.close()


def test_a_connection_is_used_again_with_the_key(server: Server):
    server.answers = [(OK, False), (OK, False)]
    way = HttpWay(f"http://127.0.0.1:{server.port}/mcp", "the-key")
    for _ in range(2):
        answer = way.ask("POST", {"a": "b"}, b"{}")
        assert (answer.status, b"".join(answer.pieces())) == (200, b"{}")
        answer.close()
    way.close()
    assert server.accepted == 1
    assert all(b"Bearer the-key" in each for each in server.seen)


def test_an_answer_that_is_closed_twice_gives_its_connection_back_once(server: Server):
    server.answers = [(OK, False), (OK, False)]
    way = HttpWay(f"http://127.0.0.1:{server.port}/mcp", "")
    answer = way.ask("POST", {}, b"{}")
    assert b"".join(answer.pieces()) == b"{}"
    answer.close()
    answer.close()
    assert len(way._idle) == 1
    way.close()


def test_a_closed_connection_is_not_used_again(server: Server):
    server.answers = [(OK, True), (OK, True)]
    way = HttpWay(f"http://127.0.0.1:{server.port}/mcp", "")
    for _ in range(2):
        server.closed.clear()
        answer = way.ask("GET", {})
        assert b"".join(answer.pieces()) == b"{}"
        answer.close()
        assert server.closed.wait(PATIENCE)
    way.close()
    assert server.accepted == 2


def test_an_answer_that_is_none_or_breaks_off_is_an_error(server: Server):
    way = HttpWay(f"http://127.0.0.1:{server.port}/mcp", "")
    server.answers = [(b"nonsense\r\n\r\n", True)]
    with pytest.raises(OSError, match="did not answer"):
        way.ask("GET", {})
    chunk = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n2\r\n: \r\n"
    server.answers = [(chunk, True)]
    answer = way.ask("GET", {})
    with pytest.raises(OSError, match="broke off"):
        list(answer.pieces())
    answer.close()
