"""What the commands for organisations, teams, users and agents have in common."""

import json
from pathlib import Path

import pytest

from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _a_gateway_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text("store: { directory: data }\n")


def rows(capsys: pytest.CaptureFixture[str], plural: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main([plural, "list", "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_tenant_is_built_up_and_taken_down(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ["organisations", "create", "acme"],
        ["teams", "create", "support", "--organisation", "acme"],
        ["users", "create", "ada", "--organisation", "acme", "--teams", "support", "--roles", "batch,night"],
        ["agents", "create", "bot", "--team", "support", "--organisation", "acme"],
    ):
        assert main(command) == 0
    (user,) = rows(capsys, "users")
    assert (user["organisation"], user["teams"], user["roles"]) == ("acme", ["support"], ["batch", "night"])
    assert main(["agents", "list"]) == 0
    assert "bot" in capsys.readouterr().out
    assert main(["teams", "delete", "support"]) == 1
    assert "still has" in capsys.readouterr().err
    for command in (["users", "ada"], ["agents", "bot"], ["teams", "support"], ["organisations", "acme"]):
        assert main([command[0], "delete", command[1]]) == 0
    assert rows(capsys, "organisations") == []


def test_what_is_not_there_cannot_be_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["teams", "delete", "none"]) == 1
    assert "there is no team 'none'" in capsys.readouterr().err
