"""`trigate connect`: every client's file is written, changed only where it must be, and given back as it was."""

import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from trigate.cli.connect.client import client_names, place_of, read_client
from trigate.cli.main import command_parser, main
from trigate.config.json_edit import read_json

FILE = """
inbound: { listen: "127.0.0.1:8443" }
mcp:
  servers: { git: { command: [uvx, mcp-server-git] } }
  endpoints: { coding: { servers: [git] } }
"""

BEFORE = {
    "json": '{\n  // mine\n  "theme": "dark",\n  "other": {"a": 1}\n}\n',
    "toml": '# mine\ntheme = "dark"\n\n[other]\na = 1\n',
    "yaml": "# mine\ntheme: dark\nother:\n  a: 1\n",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("tg-canary\n"))
    return tmp_path / "home"


def content(path: Path, form: str) -> Any:
    text = path.read_text()
    if form == "toml":
        return tomllib.loads(text)
    return yaml.safe_load(text) if form == "yaml" else read_json(text, "f")


def written(name: str) -> tuple[Path, str, Any]:
    client = read_client(name)
    path = place_of(client, "user" if client.user else "project", "trigate", Path(), {}, "linux")
    found = content(path, client.format)
    for key in client.at:
        found = found[key]
    return path, client.format, found


def options(name: str) -> list[str]:
    client = read_client(name)
    return [] if client.reference or client.http_by_variable else ["--key"]


@pytest.mark.parametrize("name", client_names())
def test_an_existing_file_gets_one_entry_and_gives_it_back(name: str, capsys: pytest.CaptureFixture[str]):
    client = read_client(name)
    path = place_of(client, "user" if client.user else "project", "trigate", Path(), {}, "linux")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BEFORE[client.format])
    assert main(["connect", name, "--yes", *options(name)]) == 0
    told = capsys.readouterr().out
    assert "tg-canary" not in told
    assert "\n+" in told
    entry = written(name)[2]["trigate"]
    assert "http://127.0.0.1:8080" in json.dumps(entry)
    text = path.read_text()
    assert "mine\n" in text
    assert main(["connect", name, "--yes", "--remove"]) == 0
    left = content(path, client.format)
    assert (left["theme"], left["other"]) == ("dark", {"a": 1})
    assert "trigate" not in json.dumps(left)
    backups = [each for each in path.parent.iterdir() if ".before-trigate-" in each.name]
    assert BEFORE[client.format] in [each.read_text() for each in backups]


@pytest.mark.parametrize("name", [each for each in client_names() if not options(each)])
def test_connecting_twice_is_connecting_once(name: str, capsys: pytest.CaptureFixture[str]):
    assert main(["connect", name, "--yes"]) == 0
    text = written(name)[0].read_text()
    capsys.readouterr()
    assert main(["connect", name, "--yes"]) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert written(name)[0].read_text() == text


def test_the_address_and_the_endpoint_are_those_of_the_configuration(home: Path):
    Path("trigate.yaml").write_text(FILE)
    assert main(["connect", "cursor", "--endpoint", "coding", "--name", "tools", "--yes"]) == 0
    assert json.loads((home / ".cursor" / "mcp.json").read_text()) == {
        "mcpServers": {
            "tools": {
                "url": "http://127.0.0.1:8443/mcp/coding",
                "headers": {"Authorization": "Bearer ${env:TRIGATE_KEY}"},
            }
        }
    }


def test_a_project_has_a_file_of_its_own():
    words = ["connect", "claude-code", "--project", "--url", "https://gate.example/mcp", "--variable", "K", "--yes"]
    assert main(words) == 0
    found = json.loads(Path(".mcp.json").read_text())["mcpServers"]["trigate"]
    assert found == {"type": "http", "url": "https://gate.example/mcp", "headers": {"Authorization": "Bearer ${K}"}}


def test_a_client_that_knows_programs_only_gets_one(home: Path):
    assert main(["connect", "claude-desktop", "--key", "--endpoint", "x", "--url", "https://g.example", "--yes"]) == 0
    file = home / ".config" / "Claude" / "claude_desktop_config.json"
    entry = json.loads(file.read_text())["mcpServers"]["trigate"]
    assert entry["args"] == ["mcp", "stdio", "x", "--gateway", "https://g.example"]
    assert entry["env"] == {"TRIGATE_KEY": "tg-canary"}
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words", [[], ["--endpoint", "x"], ["--variable", "OTHER"]])
def test_the_program_that_is_written_understands_its_words(words: list[str], home: Path):
    assert main(["connect", "codex", "--stdio", "--url", "https://g.example", "--yes", *words]) == 0
    entry = tomllib.loads((home / ".codex" / "config.toml").read_text())["mcp_servers"]["trigate"]
    assert entry["args"][:2] == ["mcp", "stdio"]
    parsed = command_parser("mcp").parse_args(entry["args"][1:])
    assert (parsed.gateway, parsed.where) == ("https://g.example", "x" if "x" in words else "")
    assert [parsed.key_variable] == entry["env_vars"]


def test_looking_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["connect", "cursor", "--print"]) == 0
    assert '+      "url": "http://127.0.0.1:8080/mcp"' in capsys.readouterr().out
    assert not (home / ".cursor").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "there is no client"),
        (["zed"], "--key"),
        (["cursor", "--endpoint", "none"], "no endpoint 'none'"),
        (["cursor", "--url", "ftp://x"], "not the URL of a gateway"),
        (["cursor"], "say --yes"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words: list[str], told: str, home: Path, capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text(FILE)
    assert main(["connect", *words]) == 1
    assert told in capsys.readouterr().err
    assert not home.exists()


def test_all_clients_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["connect", "--format", "json"]) == 0
    rows = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert rows.keys() == set(client_names())
    assert rows["codex"]["reads_variables"] is True
