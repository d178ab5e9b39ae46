"""`trigate users`."""

import io
from pathlib import Path

import pytest

from tests.admin.test_login import kept
from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_is_made_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("trigate.yaml").write_text("store: { directory: data }\n")
    assert main(["users", "create", "one"]) == 0
    assert main(["users", "list"]) == 0
    assert "one" in capsys.readouterr().out.splitlines()[-1].split()


def test_a_password_is_read_from_standard_input_and_hashed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("trigate.yaml").write_text("store: { directory: data }\n")
    assert main(["users", "create", "one"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["users", "password", "one"]) == 0
    assert kept(Path("data"), "one").startswith("scrypt$")
    assert main(["users", "password", "one", "--remove"]) == 0
    assert kept(Path("data"), "one") == ""
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["users", "password", "one"]) == 1
    assert "8 to 1024" in capsys.readouterr().err
