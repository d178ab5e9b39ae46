"""`trigate explain access`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.explain import access
from trigate.cli.main import main
from trigate.config.config import Config
from trigate.core.principal import Principal
from trigate.store.directory import Document

FILE = """\
policy:
  authenticators: [{ kind: api_key }, { kind: anonymous }]
  keys:
    dev: { secret: canary-secret-of-dev, team: support }
    bot: { secret: canary-secret-of-bot, lanes: [mcp], servers: [zendesk] }
    old: { secret: canary-secret-of-old, expires: "2020-01-01T00:00:00Z" }
  access:
    - { team: support, allow: ["llm.*", "mcp.tools.call server/zendesk/*"] }
    - name: no refunds at large
      deny: ["mcp.tools.call server/zendesk/tool/refund"]
      when: arguments.amount > 100
    - { end_user: eve, deny: ["llm.*"] }
    - { key: bot, allow: ["*"] }
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["explain", "access", *words])
    output = capsys.readouterr()
    assert "canary" not in output.out + output.err
    return status, output.out + output.err


CHAT = ("llm.chat", "model/smart")
REFUND = ("mcp.tools.call", "server/zendesk/tool/refund")
PUSH = ("mcp.tools.call", "server/git/tool/push")
DENIED = "no rule decides: what no rule allows is denied, since rules of the file allow something"
CONDITION = "under its condition, and it holds, or cannot be told from what is given: arguments.amount > 100"


@pytest.mark.parametrize(
    ("words", "status", "reasons"),
    [
        (("--as", "dev", *CHAT), 0, ["by policy.access[0] (trigate.yaml:8)"]),
        (("--as", "dev", *PUSH), 1, [DENIED]),
        (("--as", "dev", "--on-behalf", "eve", *CHAT), 1, ["by policy.access[2] (trigate.yaml:12)"]),
        (("--as", "dev", "--arguments", '{"amount":1}', *REFUND), 0, ["by policy.access[0] (trigate.yaml:8)"]),
        (
            ("--as", "dev", "--arguments", '{"amount":101}', *REFUND),
            1,
            ["by policy.access[1] 'no refunds at large' (trigate.yaml:9)", CONDITION],
        ),
        (("--as", "dev", *REFUND), 1, ["by policy.access[1] 'no refunds at large' (trigate.yaml:9)", CONDITION]),
        (("--as", "bot", *CHAT), 1, ["the key may not use this lane at all"]),
        (("--as", "bot", *PUSH), 1, ["the key itself is limited to other models, servers or routes"]),
        (
            ("--as", "dev", "mcp.tools.list", "server/*"),
            0,
            ["it needs no rule: it is about nothing that rules protect, and no rule denies it"],
        ),
        (("--as", "anonymous", "api.request", "route/x"), 1, [DENIED]),
    ],
)
def test_the_rule_that_decides_is_told(words: Sequence[str], status: int, reasons: list[str], capsys: Any):
    found, text = explained(capsys, *words)
    answer, *lines = text.splitlines()
    who = f"key {words[1]!r}" + (f" for {words[3]!r}" if "--on-behalf" in words else "")
    verb = "denied: {} may not" if status else "allowed: {} may"
    assert answer == f"{verb.format(who)} do {words[-2]} on {words[-1]}"
    assert (found, lines) == (status, [f"  {each}" for each in reasons])


@pytest.mark.parametrize(
    "words",
    [
        ("-c", "trigate.yaml", "--as", "dev", *CHAT),
        (*CHAT, "--as", "dev"),
        ("llm.chat", "--as", "dev", "model/smart"),
    ],
)
def test_options_may_stand_anywhere(words: Sequence[str], capsys: pytest.CaptureFixture[str]):
    assert explained(capsys, *words)[0] == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--as", "nobody", *CHAT), "there is no valid key 'nobody'"),
        (("--as", "old", *CHAT), "there is no valid key 'old'"),
        (("--as", "dev", "llm.chat"), "write `trigate explain access --as KEY ACTION RESOURCE`"),
        (CHAT, "write `trigate explain access --as KEY ACTION RESOURCE`"),
        (("--as", "dev", "--arguments", "[1]", *CHAT), "--arguments takes a JSON object"),
        (("--as", "dev", "--request", "{", *CHAT), "--request takes a JSON object"),
    ],
)
def test_a_question_that_is_none_is_one_line(words: Sequence[str], reason: str, capsys: pytest.CaptureFixture[str]):
    assert explained(capsys, *words) == (1, f"trigate explain: {reason}\n")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("access_default: deny", "no rule decides: policy.access_default is deny"),
        ("access_default: allow", "no rule decides: policy.access_default is allow"),
        ("", "no rule decides: what no rule denies is allowed, since no rule of the file allows anything"),
    ],
)
def test_the_default_is_told(policy: str, reason: str, capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text(f"policy:\n  keys: {{ dev: {{ secret: canary-secret-of-dev }} }}\n  {policy}\n")
    assert explained(capsys, "--as", "dev", *CHAT)[1].splitlines()[1] == f"  {reason}"


def test_a_file_with_problems_is_told(capsys: pytest.CaptureFixture[str]):
    Path("trigate.yaml").write_text("policy: { access: [{ allow: [lmm.x] }] }\n")
    status, text = explained(capsys, "--as", "dev", *CHAT)
    assert status == 1
    assert text.startswith("trigate.yaml:1:20 policy.access[0]: 'lmm.x': an action begins with")


def test_keys_and_rules_may_be_looked_for_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Elsewhere:
        def __init__(self, config: Config) -> None:
            assert "dev" in config.policy.keys

        def principal(self, key: str) -> Principal | None:
            return Principal(key, frozenset({"llm"}), organisation="acme") if key == "stored" else None

        def documents(self) -> Sequence[Document]:
            return [Document(kind="access", name="chat", organisation="acme", body=b'{"allow":["llm.*"]}')]

    monkeypatch.setattr(access, "REGISTRIES", [access.FileRegistry, Elsewhere])
    status, text = explained(capsys, "--as", "stored", *CHAT)
    assert (status, text.splitlines()[1]) == (0, "  by rule 'chat' of the store")
