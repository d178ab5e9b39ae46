"""`trigate users`."""

from pathlib import Path

import pytest

from trigate.cli.main import main


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_is_made_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("trigate.yaml").write_text("store: { directory: data }\n")
    assert main(["users", "create", "one"]) == 0
    assert main(["users", "list"]) == 0
    assert "one" in capsys.readouterr().out.splitlines()[-1].split()
