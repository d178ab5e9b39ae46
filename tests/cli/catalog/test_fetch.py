"""One file from the network."""

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from trigate.cli.catalog.fetch import fetch
from trigate.core.errors import EgressDenied, GatewayError, UpstreamFailed
from trigate.outbound.settings import EgressSettings, OutboundSettings

HERE = OutboundSettings(egress=EgressSettings(allow=("127.0.0.0/8",)))
Serve = Callable[[bytes, int], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(body, status)` answers every GET with it, and gives the address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(body: bytes, status: int = 200) -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


async def test_a_body_is_read_from_an_address_that_is_allowed(serve: Serve):
    assert await fetch(f"{serve(b'[1]', 200)}/api.json?x=1", HERE, 100) == b"[1]"


async def test_an_address_that_is_not_public_is_refused(serve: Serve):
    with pytest.raises(EgressDenied):
        await fetch(serve(b"[1]", 200), OutboundSettings(), 100)


async def test_a_redirection_is_not_followed(serve: Serve):
    with pytest.raises(UpstreamFailed, match="answered 302"):
        await fetch(serve(b"", 302), HERE, 100)


async def test_more_than_the_limit_is_not_read(serve: Serve):
    with pytest.raises(GatewayError):
        await fetch(serve(b"x" * 101, 200), HERE, 100)
