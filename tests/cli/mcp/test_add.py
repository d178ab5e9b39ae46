"""`trigate mcp add`."""

from pathlib import Path

import pytest

from trigate.cli.main import main
from trigate.config.load import load

FILE = """\
# the gateway
mcp:
  servers:
    time: { command: [uvx, mcp-server-time] }  # tells it
  # what callers see
  endpoints:
    all: { servers: [time] }
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def test_a_command_is_added_where_the_servers_are(capsys: pytest.CaptureFixture[str]):
    words = [
        "mcp",
        "add",
        "git",
        "--env",
        "LOG=debug",
        "--cwd",
        "/srv",
        "--yes",
        "--",
        "uvx",
        "mcp-server-git",
        "-v",
        "--all",
    ]
    assert main(words) == 0
    text = Path("trigate.yaml").read_text()
    assert text == FILE.replace(
        "  # tells it\n",
        "  # tells it\n"
        '    git:\n      command: [uvx, mcp-server-git, "-v", "--all"]\n      env: { LOG: debug }\n      cwd: "/srv"\n',
    )
    server = load("trigate.yaml").mcp.servers["git"]  # type: ignore[union-attr]
    assert server.command == ("uvx", "mcp-server-git", "-v", "--all")
    assert "+    git:" in capsys.readouterr().out
    assert len(list(Path().glob("trigate.yaml.before-trigate-*"))) == 1


def test_a_url_is_added_with_its_header_as_a_reference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    words = ["mcp", "add", "docs", "https://docs.example/mcp", "--header", "Authorization: Bearer sk-canary", "--yes"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "canary" not in told + Path("trigate.yaml").read_text()
    assert "export DOCS_AUTHORIZATION=…" in told
    monkeypatch.setenv("DOCS_AUTHORIZATION", "own")
    server = load("trigate.yaml").mcp.servers["docs"]  # type: ignore[union-attr]
    assert server.headers["Authorization"].reveal() == "Bearer own"


def test_a_bare_variable_is_the_commands_own():
    assert main(["mcp", "add", "git", "--env", "GITHUB_TOKEN", "--yes", "--", "x"]) == 0
    assert 'env: { GITHUB_TOKEN: "${GITHUB_TOKEN}" }' in Path("trigate.yaml").read_text()


def test_a_server_of_the_same_name_is_replaced_only_by_force():
    assert main(["mcp", "add", "time", "https://time.example/mcp", "--yes"]) == 1
    assert Path("trigate.yaml").read_text() == FILE
    assert main(["mcp", "add", "time", "https://time.example/mcp", "--yes", "--force"]) == 0
    assert load("trigate.yaml").mcp.servers["time"].url == "https://time.example/mcp"  # type: ignore[union-attr]


def test_looking_changes_nothing(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "add", "docs", "https://docs.example/mcp", "--print"]) == 0
    assert '+    docs: { url: "https://docs.example/mcp" }' in capsys.readouterr().out
    assert Path("trigate.yaml").read_text() == FILE


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a__b", "https://x.example"], "cannot be a name"),
        (["x"], "by a URL, or by a command"),
        (["x", "https://x.example", "--", "y"], "by a URL, or by a command"),
        (["x", "ftp://x"], "neither a command nor a plain"),
        (["x", "https://x.example", "--header", "nothing"], "not NAME:VALUE"),
        (["x", "https://x.example", "--env", "A=b"], "belong to a command"),
        (["x", "--header", "A: b", "--", "y"], "belongs to a URL"),
        (["x", "https://x.example", "--header", "Host: b"], "cannot be set here"),
        (["x", "https://x.example", "-c", "none.yaml"], "no such file"),
    ],
)
def test_what_would_not_check_is_not_written(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    cut = words.index("--") if "--" in words else len(words)
    assert main(["mcp", "add", *words[:cut], "--yes", *words[cut:]]) == 1
    assert told in capsys.readouterr().err
    assert Path("trigate.yaml").read_text() == FILE
