"""`trigate keys`."""

import io
import json
from pathlib import Path

import pytest

from trigate.cli.main import main
from trigate.policy.password import read_hash


@pytest.fixture(autouse=True)
def _a_gateway_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text("store: { directory: data }\n")


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["keys", "list", "--format", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_key_is_made_and_its_secret_shown_alone_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "ci", "--lanes", "llm, mcp", "--models", "gpt-*", "--expires", "90d"]) == 0
    secret, told = capsys.readouterr().out.splitlines()
    assert secret.startswith("tg_")
    assert told == "key ci: this secret is shown only now"
    (key,) = listed(capsys)
    assert (key["lanes"], key["models"], key["state"]) == (["llm", "mcp"], ["gpt-*"], "valid")
    assert key["expires"]
    assert secret not in str(key)


def test_a_key_is_rotated_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "create", "ci"])
    first = capsys.readouterr().out.splitlines()[0]
    assert main(["keys", "rotate", "ci", "--grace", "1h"]) == 0
    assert capsys.readouterr().out.splitlines()[0] != first
    assert main(["keys", "revoke", "ci"]) == 0
    assert listed(capsys) == []
    assert [each["state"] for each in listed(capsys, "--all")] == ["revoked"]


def test_a_table_names_the_owner(capsys: pytest.CaptureFixture[str]) -> None:
    main(["agents", "create", "bot"])
    main(["keys", "create", "ci", "--agent", "bot"])
    capsys.readouterr()
    assert main(["keys", "list"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["name", "prefix", "owner"]
    assert row.split()[0] == "ci"
    assert row.split()[2] == "bot"


def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "ci", "--team", "none"]) == 1
    assert "there is no team 'none'" in capsys.readouterr().err
    assert main(["keys", "revoke", "ci"]) == 1
    with pytest.raises(SystemExit):
        main(["keys", "create", "ci", "--expires", "soon"])


def test_a_password_becomes_what_the_file_holds_in_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["keys", "hash"]) == 0
    told = capsys.readouterr().out
    assert "correct" not in told
    assert read_hash(told.strip()).fits(b"correct horse")
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["keys", "hash"]) == 1
    assert not Path("data").exists()
