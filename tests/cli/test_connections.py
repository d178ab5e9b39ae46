"""`trigate connections`."""

import io
from pathlib import Path

import pytest

from tests.admin.test_connection import fill
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    fill(tmp_path)
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    return str(path)


def test_connections_are_listed_and_revoked_by_user(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connections", "list", "-c", file, "--user", "ada"]) == 0
    title, line = capsys.readouterr().out.splitlines()
    assert title.split()[:3] == ["id", "server", "subject"]
    assert line.split()[1:3] == ["it", "acme/user/ada"]
    assert main(["connections", "revoke", "-c", file, "--user", "ada"]) == 0
    assert "acme/user/ada is no longer connected to it" in capsys.readouterr().out
    assert main(["connections", "list", "-c", file]) == 0
    assert "ada" not in capsys.readouterr().out


def test_what_is_not_there_cannot_be_revoked(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connections", "revoke", "-c", file, "other"]) == 1
    assert "no connection" in capsys.readouterr().err


def test_a_link_needs_a_gateway_that_runs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connections", "link", "-c", file, "it"]) == 1
    assert "start it first" in capsys.readouterr().err


def test_whoever_revokes_says_what(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connections", "revoke", "-c", file]) == 1
    assert "--user" in capsys.readouterr().err


def test_a_key_of_a_user_is_typed_in(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["users", "create", "eve", "-c", file]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("canary\n"))
    assert main(["connections", "add", "notes", "--user", "eve", "-c", file]) == 0
    out = capsys.readouterr().out
    assert "user/eve is connected to notes" in out
    assert "canary" not in out
