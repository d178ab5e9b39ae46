"""What is found on a machine, asked politely and in bounded time."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.config import discovery
from trigate.config.discovery import (
    discover,
    find_ollama,
    find_providers,
    find_servers,
    known_variables,
    ollama_address,
)

Serve = Callable[[bytes, int], str]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """`serve(body, status)` answers every GET with it, and gives the address."""
    monkeypatch.setattr(discovery, "PROBE_SECONDS", PATIENCE)
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(body: bytes, status: int = 200) -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_provider_is_found_by_its_key():
    found = find_providers({"GROQ_API_KEY": "x", "OPENAI_API_KEY": "y", "MISTRAL_API_KEY": "", "OTHER": "z"})
    assert [(each.name, each.variable) for each in found] == [
        ("openai", "OPENAI_API_KEY"),
        ("groq", "GROQ_API_KEY"),
    ]


def test_a_provider_with_two_variables_is_found_once():
    (found,) = find_providers({"ZAI_API_KEY": "x", "ZHIPU_API_KEY": "y"})
    assert (found.name, found.variable) == ("zai", "ZHIPU_API_KEY")


def test_the_usual_variables_mean_the_usual_providers():
    usual = {"MISTRAL": "mistral", "DEEPSEEK": "deepseek", "OPENROUTER": "openrouter", "TOGETHER": "together"}
    usual |= {"XAI": "xai", "FIREWORKS": "fireworks", "CEREBRAS": "cerebras", "NVIDIA": "nvidia", "GEMINI": "gemini"}
    usual |= {"MOONSHOT": "moonshot", "DASHSCOPE": "alibaba", "MINIMAX": "minimax", "PERPLEXITY": "perplexity"}
    assert {name: known_variables()[f"{name}_API_KEY"] for name in usual} == usual


def test_a_server_of_ones_own_and_one_that_needs_more_than_a_key_are_not_guessed():
    assert not {"ollama", "vllm", "databricks", "azure_openai"} & set(known_variables().values())


def test_an_ollama_tells_its_models(serve: Serve):
    tags = {"models": [{"name": "llama3.2:latest"}, {"name": "bad name"}, {"size": 1}, 3]}
    address = serve(json.dumps(tags).encode(), 200)
    found = find_ollama(address)
    assert found is not None
    assert found.base_url == f"http://{address}/v1"
    assert found.models == ("llama3.2:latest",)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b'{"models": 3}', b'{"models"'])
def test_something_else_at_the_address_is_no_ollama(body: bytes, serve: Serve):
    assert find_ollama(serve(body, 200)) is None


def test_an_error_is_no_ollama(serve: Serve):
    assert find_ollama(serve(b'{"models": []}', 500)) is None


def test_a_silent_address_is_given_up_soon():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert find_ollama(f"127.0.0.1:{silent.getsockname()[1]}") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ("127.0.0.1", 11434)),
        ("0.0.0.0", ("127.0.0.1", 11434)),
        ("0.0.0.0:5", ("127.0.0.1", 5)),
        (":5", ("127.0.0.1", 5)),
        ("box", ("box", 11434)),
        ("http://box:80/", ("box", 80)),
        ("[::1]:5", ("::1", 5)),
        ("b:o:x", ("127.0.0.1", 11434)),
    ],
)
def test_the_address_is_read_as_ollama_reads_it(text: str, address: tuple[str, int]):
    assert ollama_address(text) == address


def test_the_first_file_with_servers_counts(tmp_path: Path):
    assert find_servers(tmp_path).servers == ()
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"b": {"command": "b"}}}')
    assert [each.name for each in find_servers(tmp_path).servers] == ["b"]
    (tmp_path / ".mcp.json").write_text('{"mcpServers": {"a": {"command": "a"}}}')
    assert [each.name for each in find_servers(tmp_path).servers] == ["a"]


def test_everything_is_found_together(tmp_path: Path, serve: Serve):
    address = serve(b'{"models": []}', 200)
    found = discover({"XAI_API_KEY": "x", "OLLAMA_HOST": address}, tmp_path)
    assert [each.name for each in found.providers] == ["xai"]
    assert found.ollama is not None
    assert found.servers.servers == ()
