"""Clients as data: every one can be read, placed and filled."""

from pathlib import Path

import pytest

from tests.house.sources import ROOT
from trigate.cli.connect.client import Filling, client_names, entry_of, place_of, read_client
from trigate.core.errors import BadConfig

FILLING = Filling("http://127.0.0.1:8080/mcp", "trigate", "TRIGATE_KEY", "", "/bin/trigate", ("mcp", "stdio"))
KEYED = Filling("http://127.0.0.1:8080/mcp", "trigate", "TRIGATE_KEY", "tg-canary", "/bin/trigate", ("mcp", "stdio"))
PROMISED = {
    "claude-code", "claude-desktop", "cursor", "vscode", "codex", "gemini-cli", "windsurf", "zed", "cline", "goose",
    "opencode", "continue", "junie", "amazon-q", "lm-studio", "roo-code",
}  # fmt: skip
ENTRIES = [
    (name, stdio)
    for name in client_names()
    for stdio in (False, True)
    if (read_client(name).stdio if stdio else read_client(name).http)
]


def test_all_that_are_promised_are_there():
    assert set(client_names()) >= PROMISED


@pytest.mark.parametrize("name", client_names())
def test_every_client_says_where_its_facts_are_from_and_has_a_place(name: str, tmp_path: Path):
    client = read_client(name)
    assert client.source.startswith("https://")
    assert client.user or client.project
    for platform in ("linux", "darwin", "win32"):
        for scope in ("user", "project"):
            if getattr(client, scope):
                place = place_of(client, scope, "trigate", tmp_path, {"APPDATA": "C:/a"}, platform)
                assert "%" not in str(place)
                assert "{" not in str(place)


@pytest.mark.parametrize(("name", "stdio"), ENTRIES)
def test_every_entry_names_the_gateway_and_its_key(name: str, stdio: bool):
    client = read_client(name)
    entry = entry_of(client, KEYED, stdio)
    text = str(entry)
    assert ("/bin/trigate" if stdio else "http://127.0.0.1:8080/mcp") in text
    assert "tg-canary" in text
    assert "{" not in text.replace("{'", "").replace("${", "").replace("{env:", "")
    if client.reference or client.http_by_variable:
        by_variable = str(entry_of(client, FILLING, stdio))
        assert "TRIGATE_KEY" in by_variable
        assert "tg-canary" not in by_variable
    else:
        with pytest.raises(BadConfig, match="--key"):
            entry_of(client, FILLING, stdio)


def test_arguments_take_the_place_of_their_word():
    assert entry_of(read_client("opencode"), KEYED, True)["command"] == ["/bin/trigate", "mcp", "stdio"]


def test_the_file_that_exists_is_the_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    client = read_client("opencode")
    folder = tmp_path / ".config" / "opencode"
    assert place_of(client, "user", "x", tmp_path, {}, "linux") == folder / "opencode.json"
    folder.mkdir(parents=True)
    (folder / "opencode.jsonc").touch()
    assert place_of(client, "user", "x", tmp_path, {}, "linux") == folder / "opencode.jsonc"


@pytest.mark.parametrize("name", client_names())
def test_every_client_has_its_section_in_the_manual(name: str):
    page = (ROOT / "docs" / "how-to" / "connect-a-client.md").read_text(encoding="utf-8")
    client = read_client(name)
    assert f"\n## {client.title}\n" in page
    section = page.partition(f"\n## {client.title}\n")[2].partition("\n## ")[0]
    assert f"trigate connect {name}" in section
    assert (client.user or client.project)[0].replace("{name}", "trigate") in section


def test_what_does_not_exist_is_told(tmp_path: Path):
    with pytest.raises(BadConfig, match="there is no client 'cursr'; did you mean cursor"):
        read_client("cursr")
    with pytest.raises(BadConfig, match="no file for the project"):
        place_of(read_client("lm-studio"), "project", "x", tmp_path, {})
    with pytest.raises(BadConfig, match="takes programs only"):
        entry_of(read_client("claude-desktop"), KEYED, False)
