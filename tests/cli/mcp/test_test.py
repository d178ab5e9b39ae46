"""`trigate mcp test`."""

import sys
from pathlib import Path

import pytest

from trigate.cli.main import main

FILE = f"""
mcp:
  servers:
    demo: {{ command: [{sys.executable}, -m, trigate.cli.demo.tools] }}
    gone: {{ command: [/nonexistent/program] }}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("trigate.yaml").write_text(FILE)


def test_what_a_server_speaks_and_has_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "test", "demo"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("demo: modern, revision 2026-07-28\n  hello: ")
    assert "\n    add\n" in told
    assert "says: started " in told


def test_a_tool_is_called_with_its_arguments(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "test", "demo", "add", "--arguments", '{"a": 2, "b": 3}']) == 0
    assert '"sum": 5' in capsys.readouterr().out


def test_a_call_that_failed_is_an_exit_status_of_1(capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "test", "demo", "calculate", "--arguments", '{"expression": "1/0"}']) == 1
    assert "tools/call calculate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none"], "no server 'none'"),
        (["demo", "none"], "no tool 'none'"),
        (["demo", "add", "--arguments", "{"], "not JSON"),
        (["demo", "add", "--arguments", "[]"], "a JSON object"),
        (["gone"], "hello: its command cannot be started"),
    ],
)
def test_what_cannot_be_tested_is_told_in_a_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "test", *words]) == 1
    assert told in capsys.readouterr().err
