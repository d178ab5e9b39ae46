"""Keys and rules of the store, asked about on the command line."""

from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = """
store: { directory: data }
policy:
  access: [{ team: support, allow: ["llm.* model/gpt-*"] }]
  access_default: deny
"""


@pytest.fixture(autouse=True)
def _a_gateway_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def test_a_key_of_the_store_is_judged_by_the_rules_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    main(["teams", "create", "support"])
    main(["keys", "create", "ci", "--team", "support"])
    capsys.readouterr()
    assert main(["explain", "access", "--as", "ci", "llm.chat", "model/gpt-5"]) == 0
    assert main(["explain", "access", "--as", "ci", "llm.chat", "model/claude"]) == 1
    assert "default" in capsys.readouterr().out


def test_asking_makes_no_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "access", "--as", "nobody", "llm.chat", "model/x"]) == 1
    assert "there is no valid key 'nobody'" in capsys.readouterr().err
    assert not Path("data").exists()


def test_a_revoked_key_is_nobodys(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "create", "ci"])
    main(["keys", "revoke", "ci"])
    assert main(["explain", "access", "--as", "ci", "llm.chat", "model/gpt-5"]) == 1
    assert "there is no valid key" in capsys.readouterr().err
