"""`trigate explain tool`."""

from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = """\
policy:
  keys:
    dev: { secret: canary-secret-of-dev, lanes: [mcp], team: support }
    bot: { secret: canary-secret-of-bot, lanes: [llm] }
  limits:
    - { kind: rate, name: calls, per: team, requests: 5, window: 1m }
  approvals:
    rules:
      - { name: pushes, on: ["mcp.tools.call server/git/tool/push*"], tools: destructive, by: operator }
      - { name: others, on: ["mcp.tools.call server/wiki/*"] }
mcp:
  servers:
    git:
      command: [git-server, canary-argument]
      env: { TOKEN: canary-token }
      pin: approved
      retries: 0
      concurrency: { calls: 2 }
      timeouts: { call: 20s }
      tools:
        push: { rename: send, title: Send, arguments: { force: { fixed: false }, remote: { hide: true } } }
    wiki:
      url: https://wiki.example/mcp
      credential: { kind: oauth }
  endpoints:
    code: { servers: [git], prefix: false, tools: { git/push: { description: Pushes, results: { max: 2048 } } } }
    reading: { servers: [git, wiki], deny: ["git/push*"] }
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["explain", "tool", *words])
    output = capsys.readouterr()
    assert "canary" not in output.out + output.err
    return status, output.out + output.err


@pytest.mark.parametrize("name", ["git__send", "send", "git/push"])
def test_a_tool_is_told_of_by_any_of_its_names(name: str, capsys: pytest.CaptureFixture[str]):
    status, text = explained(capsys, name)
    assert status == 0
    assert text.splitlines() == [
        f"{name}: tool 'push' of server 'git' (mcp.servers.git); rules call it server/git/tool/push",
        "  /mcp shows it as git__send",
        "  /mcp/code shows it as send",
        "  /mcp/reading does not show it",
        "  mcp.servers.git.tools.push: renamed to send; another title; argument force fixed; argument remote hidden",
        "  mcp.endpoints.code.tools.git/push: another description",
        "  the server is a command",
        "  pinned: approved; suspicious words: flag; checked against schemas: arguments",
        "  a call takes 20 s at most; tries: one",
        "  a result of more than 16777216 bytes: refuse",
        "  2 calls at a time, 100 wait",
        "  left alone for 10 s after 5 failures in a row",
        "  approval by operator: policy.approvals.rules[0] 'pushes', if the tool is destructive",
        "  access and limits depend on who asks: `--as KEY`",
        "  whether the server has it is not looked at: `trigate mcp inspect git` asks it",
    ]


def test_what_holds_for_a_caller_is_told(capsys: pytest.CaptureFixture[str]):
    text = explained(capsys, "wiki__read", "--as", "dev")[1]
    assert "key 'dev' may do mcp.tools.call on server/wiki/tool/read" in text
    assert "limit calls: " in text
    assert "with a credential of the kind `oauth`" in text
    assert "'others'" in text
    assert "may not" in explained(capsys, "wiki__read", "--as", "bot")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["git__push"], "no endpoint shows"),
        ([], "write `trigate explain tool"),
        (["git/push", "--as", "nobody"], "no valid key"),
    ],
)
def test_what_is_not_there_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    status, text = explained(capsys, *words)
    assert status == 1
    assert told in text


def test_a_file_without_tools_has_none_to_explain(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("policy: {}\n")
    assert explained(capsys, "x") == (1, "trigate explain: the file has no mcp lane\n")
