"""`trigate mcp approve`: what was seen holds from now on."""

from pathlib import Path

import pytest

from tests.admin.test_pin import seen
from trigate.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trigate.yaml"
    path.write_text(f"store: {{ directory: {tmp_path} }}\n")
    seen(tmp_path, "git", "push", "a1")
    seen(tmp_path, "git", "pull", "p")
    return str(path)


def test_all_tools_of_a_server_are_approved(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "approve", "git", "-c", file]) == 0
    assert capsys.readouterr().out == "git/pull is approved as p\ngit/push is approved as a1\n"
    assert main(["mcp", "approve", "git", "-c", file]) == 0
    assert capsys.readouterr().out == "there was nothing to approve of\n"


@pytest.mark.parametrize("words", [["nope"], ["git/nope"], ["git/push", "--digest", "zz"]])
def test_what_was_not_seen_is_refused(file: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "approve", *words, "-c", file]) == 1
    assert "was seen" in capsys.readouterr().err
