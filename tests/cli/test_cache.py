"""`trigate cache`."""

from pathlib import Path

import pytest

from trigate.cli.main import main


def test_without_a_gateway_there_is_nobody_to_forget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text("store: { directory: data }\n")
    assert main(["cache", "clear"]) == 1
    assert "no gateway runs" in capsys.readouterr().err
