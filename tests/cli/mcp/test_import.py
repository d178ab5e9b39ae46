"""`trigate mcp import`: from the files of clients and the registry, without a secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.main import main
from trigate.config.load import load
from trigate.mcp.settings import Server

FILES = {
    "mcp.json": {"mcpServers": {"git": {"command": "uvx", "args": ["git"], "env": {"GITHUB_TOKEN": "ghp_canary"}}}},
    "claude_desktop_config.json": {"mcpServers": {"git": {"command": "uvx", "args": ["git"]}}, "theme": "dark"},
    "vscode.json": {"servers": {"git": {"type": "stdio", "command": "uvx", "args": ["git"]}}, "inputs": []},
    "settings.json": {"mcp": {"servers": {"git": {"command": "uvx", "args": ["git"]}}}},
    "opencode.json": {"mcp": {"git": {"type": "local", "command": ["uvx", "git"], "environment": {"A": "b"}}}},
    "zed.json": {"context_servers": {"git": {"command": {"path": "uvx", "command": "uvx", "args": ["git"]}}}},
}
CODEX = """
[mcp_servers.git]
command = "uvx"
args = ["git"]
env_vars = ["GITHUB_TOKEN"]

[mcp_servers.docs]
url = "https://docs.example/mcp"
bearer_token_env_var = "DOCS_TOKEN"
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("GITHUB_TOKEN", "DOCS_TOKEN", "SEARCH_KEY", "API_KEY"):
        monkeypatch.setenv(name, f"value-of-{name}")
    Path("trigate.yaml").write_text("# mine\nllm: {}\n")


def servers() -> dict[str, Server]:
    mcp = load("trigate.yaml").mcp
    assert mcp is not None
    return dict(mcp.servers)


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_any_client_is_understood(name: str, capsys: pytest.CaptureFixture[str]):
    Path(name).write_text("// a comment\n" + json.dumps(FILES[name]))
    assert main(["mcp", "import", name, "--yes"]) == 0
    assert servers()["git"].command == ("uvx", "git")
    assert "canary" not in capsys.readouterr().out + Path("trigate.yaml").read_text()
    assert Path("trigate.yaml").read_text().startswith("# mine\nllm: {}\n")


def test_codex_writes_toml():
    Path("config.toml").write_text(CODEX)
    assert main(["mcp", "import", "config.toml", "--yes"]) == 0
    found = servers()
    assert found["git"].env["GITHUB_TOKEN"].reveal() == "value-of-GITHUB_TOKEN"
    assert found["docs"].headers["Authorization"].reveal() == "Bearer value-of-DOCS_TOKEN"


def test_a_client_is_read_where_it_keeps_its_file(tmp_path: Path):
    folder = tmp_path / "home" / ".cursor"
    folder.mkdir(parents=True)
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": {"docs": {"url": "https://docs.example/mcp"}}}))
    assert main(["mcp", "import", "cursor", "--yes"]) == 0
    assert servers()["docs"].url == "https://docs.example/mcp"


def test_servers_of_the_same_name_are_left_alone_and_others_chosen(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("mcp: { servers: { a: { command: [own] } } }\n")
    listed = {name: {"command": f"run-{name}"} for name in ("a", "b", "c")}
    Path("f.json").write_text(json.dumps({"mcpServers": listed}))
    assert main(["mcp", "import", "f.json", "--only", "a,b", "--yes"]) == 0
    assert "left out: a: there is one of this name" in capsys.readouterr().out
    assert {name: each.command for name, each in servers().items()} == {"a": ("own",), "b": ("run-b",)}
    assert main(["mcp", "import", "f.json", "--only", "a", "--force", "--yes"]) == 0
    assert servers()["a"].command == ("run-a",)


REGISTERED: dict[str, Any] = {
    "name": "io.example/search",
    "version": "1.2.0",
    "packages": [
        {
            "registryType": "npm",
            "identifier": "@example/search",
            "version": "1.2.0",
            "transport": {"type": "stdio"},
            "environmentVariables": [{"name": "SEARCH_KEY", "isRequired": True, "isSecret": True}],
        }
    ],
    "remotes": [{"type": "streamable-http", "url": "https://search.example/mcp"}],
}


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_server_of_the_registry_is_its_address_or_its_package(wrapped: bool):
    Path("server.json").write_text(json.dumps({"server": REGISTERED, "_meta": {}} if wrapped else REGISTERED))
    assert main(["mcp", "import", "server.json", "--yes"]) == 0
    assert servers()["search"].url == "https://search.example/mcp"
    assert main(["mcp", "import", "server.json", "--package", "--force", "--yes"]) == 0
    assert servers()["search"].command == ("npx", "-y", "@example/search@1.2.0")
    assert servers()["search"].env["SEARCH_KEY"].reveal() == "value-of-SEARCH_KEY"


def test_an_image_runs_in_a_container_and_its_tag_is_told():
    package = {"registryType": "oci", "identifier": "ghcr.io/example/search", "version": "1.2.0"}
    Path("server.json").write_text(json.dumps({**REGISTERED, "packages": [package], "remotes": []}))
    assert main(["mcp", "import", "server.json", "--yes"]) == 0
    assert 'image: "ghcr.io/example/search:1.2.0", unpinned: true' in Path("trigate.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none.json"], "no such file"),
        (["empty.json"], "nothing to import"),
        (["f.json", "--only", "x"], "has no server x"),
        (["broken.json"], "not JSON"),
    ],
)
def test_what_cannot_be_imported_is_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    Path("empty.json").write_text("{}")
    Path("broken.json").write_text("{")
    Path("f.json").write_text(json.dumps(FILES["mcp.json"]))
    assert main(["mcp", "import", *words, "--yes"]) == 1
    output = capsys.readouterr()
    assert told in output.out + output.err
    assert Path("trigate.yaml").read_text() == "# mine\nllm: {}\n"
