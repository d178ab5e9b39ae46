"""`trigate mcp drift`: what differs from what was approved."""

import json
from pathlib import Path

import pytest

from tests.admin.test_pin import seen
from trigate.cli.main import main
from trigate.cli.mcp.drift import difference


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    seen(tmp_path, "git", "push", "a1")
    seen(tmp_path, "git", "pull", "p")
    return str(path)


def test_there_is_nothing_to_tell_while_nothing_differs(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "drift", "-c", file]) == 0
    assert "push" not in capsys.readouterr().out
    assert main(["mcp", "drift", "-c", file, "--all"]) == 0
    assert "git/push" in capsys.readouterr().out


def test_a_change_is_shown_line_by_line_and_approved(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen(tmp_path, "git", "push", "b2", "hidden letters")
    assert main(["mcp", "drift", "git", "-c", file]) == 1
    out = capsys.readouterr().out
    assert "hidden letters" in out
    assert '-  "name": "a1"' in out
    assert '+  "name": "b2"' in out
    assert "git/pull" not in out
    assert main(["mcp", "drift", "-c", file, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["found"] == {"name": "b2"}
    assert main(["mcp", "approve", "git/push", "-c", file]) == 0
    assert capsys.readouterr().out == "git/push is approved as b2\n"
    assert main(["mcp", "drift", "-c", file]) == 0


def test_nothing_shown_acts_on_the_terminal() -> None:
    row = {"place": "s/t\x1b[2J", "digest": "d", "definition": None, "found": {"a": "\x1b[31m\u200b"}}
    assert all(each.isprintable() for each in difference(row))
    assert any("200b" in each for each in difference(row))
