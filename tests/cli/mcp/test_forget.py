"""`trigate mcp forget`: what was seen is as if it had never been."""

from pathlib import Path

import pytest

from tests.admin.test_pin import seen
from trigate.cli.main import main


def test_a_thing_and_a_server_are_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "trigate.yaml"
    file.write_text(f"store: {{ directory: {tmp_path} }}\n")
    for tool in ("push", "pull", "log"):
        seen(tmp_path, "git", tool, "a1")
    assert main(["mcp", "forget", "git/push", "-c", str(file)]) == 0
    assert capsys.readouterr().out == "1 forgotten\n"
    assert main(["mcp", "forget", "git/push", "-c", str(file)]) == 1
    assert "was seen" in capsys.readouterr().err
    assert main(["mcp", "forget", "git", "-c", str(file)]) == 0
    assert capsys.readouterr().out == "2 forgotten\n"
