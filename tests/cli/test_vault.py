"""`trigate vault`: secrets go in by standard input and never come out."""

import io
from pathlib import Path

import pytest

from trigate.cli.main import main
from trigate.core.settings import Secret
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

MASTER = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path}/data }}\n")
    return str(path)


def put(monkeypatch: pytest.MonkeyPatch, file: str, name: str, secret: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(secret + "\n"))
    return main(["vault", "set", name, "-c", file])


def test_secrets_are_set_listed_and_deleted(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert put(monkeypatch, file, "openai", "canary") == 0
    assert "${sealed:openai}" in capsys.readouterr().out
    assert main(["vault", "list", "-c", file]) == 0
    assert capsys.readouterr().out == "openai\n"
    store = Store(StoreSettings(directory=str(tmp_path / "data")))
    with store.vault() as vault:
        assert vault.get("openai") == "canary"
    store.close()
    assert main(["vault", "delete", "openai", "-c", file]) == 0
    assert main(["vault", "delete", "openai", "-c", file]) == 1
    told = capsys.readouterr()
    assert "no secret 'openai'" in told.err
    assert "canary" not in told.out + told.err


def test_rotation_can_change_the_master_key(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    put(monkeypatch, file, "openai", "canary")
    assert main(["vault", "rotate", "-c", file]) == 0
    (tmp_path / "new").write_text(MASTER + "\n")
    assert main(["vault", "rotate", "--new-master-key", str(tmp_path / "new"), "-c", file]) == 0
    assert capsys.readouterr().out.endswith("1 secret sealed anew, under the new master key\n")
    store = Store(StoreSettings(directory=str(tmp_path / "data"), master_key=Secret(MASTER)))
    with store.vault() as vault:
        assert vault.get("openai") == "canary"
    store.close()


@pytest.mark.parametrize("words", [["set"], ["delete"], ["list", "x"], ["rotate", "x"]])
def test_a_name_where_it_belongs_and_nowhere_else(file: str, words: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(["vault", *words, "-c", file]) == 2
    assert "name" in capsys.readouterr().err


def test_nothing_is_no_secret(file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    assert put(monkeypatch, file, "openai", "") == 1
    assert "nothing was given" in capsys.readouterr().err
