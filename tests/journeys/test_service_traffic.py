"""Service traffic through a real gateway: nginx and a raw socket as services, a raw socket as caller."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.journeys.conftest import Gateway
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_max_body_size 0;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/www;
    location /echo {{ return 200 "$request_method $request_uri $http_x_forwarded_for $http_x_api_key\\n"; }}
    location /moved {{ return 302 /elsewhere; }}
  }}
}}
"""


@pytest.fixture
def nginx(tmp_path: Path, program: Callable[[str], str]) -> Iterator[str]:
    """A stock nginx with a big file, an echo and a redirect."""
    port = free_port()
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "big").write_bytes(bytes(range(256)) * 40_000)
    tmp_path.chmod(0o755)
    (tmp_path / "www").chmod(0o755)
    (tmp_path / "nginx.conf").write_text("user root;" + NGINX.format(folder=tmp_path, port=port))
    process = subprocess.Popen([program("nginx"), "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until(lambda: not refused(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _routes(target: str, more: str = "") -> str:
    return f"api: {{ routes: {{ all: {{ match: {{ path: /* }}, targets: ['{target}'] {more} }} }} }}"


def test_a_request_reaches_the_service_and_its_answer_the_caller(gateway: Callable[[str], Gateway], nginx: str) -> None:
    running = gateway(_routes(nginx))
    status, fields, body = running.ask("GET", "/echo?x=1", x_forwarded_for="6.6.6.6")
    assert (status, body) == (200, b"GET /echo?x=1 127.0.0.1 \n")
    assert "x-request-id" in fields
    record = running.record(action="api.request", resource="route/all", outcome="ok", status=200)
    assert record["request_id"] == fields["x-request-id"]
    assert record["key"] == "test"


def test_the_gateways_key_never_reaches_the_service(gateway: Callable[[str], Gateway], nginx: str) -> None:
    running = gateway(_routes(nginx))
    status, _, body = running.ask("GET", "/echo", key="", x_api_key=running.key)
    assert status == 200
    assert running.key.encode() not in body


def test_a_large_file_arrives_whole(gateway: Callable[[str], Gateway], nginx: str) -> None:
    status, _, body = gateway(_routes(nginx)).ask("GET", "/big")
    assert (status, body) == (200, bytes(range(256)) * 40_000)


def test_a_redirect_passes_through(gateway: Callable[[str], Gateway], nginx: str) -> None:
    status, fields, _ = gateway(_routes(nginx)).ask("GET", "/moved")
    assert status == 302
    assert fields["location"].endswith("/elsewhere")


@pytest.mark.parametrize(("key", "code"), [("", "auth.invalid"), ("wrong-key-0123456789", "auth.invalid")])
def test_a_caller_without_a_valid_key_is_refused_and_on_record(
    gateway: Callable[[str], Gateway], key: str, code: str
) -> None:
    running = gateway(_routes("http://127.0.0.1:9"))
    status, fields, body = running.ask("GET", "/echo", key=key)
    assert status == 401
    assert fields["content-type"] == "application/problem+json"
    assert msgspec.json.decode(body)["code"] == code
    assert running.record(outcome=code)["path"] == "/echo"


def test_a_service_that_is_down_is_the_upstreams_fault(gateway: Callable[[str], Gateway]) -> None:
    running = gateway(_routes(f"http://127.0.0.1:{free_port()}"))
    status, _, body = running.ask("GET", "/echo")
    assert status == 502
    assert msgspec.json.decode(body)["blame"] == "upstream"
    running.record(outcome="upstream.unreachable")


def test_an_address_without_route_is_not_found(gateway: Callable[[str], Gateway]) -> None:
    running = gateway("api: { routes: { a: { match: { path: /a }, targets: ['http://127.0.0.1:9'] } } }")
    assert running.ask("GET", "/b")[0] == 404
    assert running.record(outcome="route.not_found")["path"] == "/b"


def test_a_websocket_upgrade_becomes_a_tunnel_where_the_route_allows_it(gateway: Callable[[str], Gateway]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = gateway(_routes(f"http://127.0.0.1:{listener.getsockname()[1]}", ", upgrade: [websocket]"))
        with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE) as caller:
            head = b"GET /ws HTTP/1.1\r\nhost: h\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
            caller.sendall(head + b"authorization: Bearer %b\r\n\r\n" % running.key.encode())
            listener.settimeout(PATIENCE)
            service, _ = listener.accept()
            with service:
                service.settimeout(PATIENCE)
                assert b"upgrade: websocket" in _read_head(service).lower()
                service.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi"
                )
                assert _read_head(caller).startswith(b"HTTP/1.1 101")
                assert caller.recv(2) == b"hi"
                caller.sendall(b"from the caller")
                assert service.recv(100) == b"from the caller"
                service.sendall(b"from the service")
                assert caller.recv(100) == b"from the service"
        running.record(action="api.request")


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        assert piece
        head += piece
    return head
