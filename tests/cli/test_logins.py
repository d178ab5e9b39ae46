"""`trigate logins`."""

from pathlib import Path

import pytest

from tests.admin.test_login import begin
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    begin(tmp_path)
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    return str(path)


def test_logins_are_listed_and_revoked(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logins", "list", "-c", file, "--user", "user-of-acme"]) == 0
    title, line = capsys.readouterr().out.splitlines()
    assert title.split()[:4] == ["id", "user", "title", "client"]
    assert line.split()[:2] == ["of-acme", "user-of-acme"]
    assert main(["logins", "revoke", "-c", file, "of-acme"]) == 0
    capsys.readouterr()
    assert main(["logins", "list", "-c", file]) == 0
    assert "of-acme" not in capsys.readouterr().out


def test_what_is_not_there_cannot_be_revoked(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logins", "revoke", "-c", file, "other"]) == 1
    assert "no login" in capsys.readouterr().err
