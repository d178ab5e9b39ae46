"""Which Python `make` installs into."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import interpreter


def run(program: Path) -> str:
    return subprocess.run(
        [sys.executable, program], capture_output=True, check=True, text=True, timeout=60
    ).stdout.strip()


def test_it_is_a_program_of_the_same_version_that_can_make_environments():
    chosen = run(ROOT / "tools/interpreter.py")
    assert interpreter.probe(chosen) is not None


def test_what_is_no_python_or_another_one_is_passed_over(tmp_path: Path):
    no_python = tmp_path / "python"
    no_python.write_text("#!/bin/sh\necho False\n")
    no_python.chmod(0o755)
    assert interpreter.probe(str(no_python)) is None
    assert interpreter.probe(str(tmp_path / "absent")) is None


@pytest.mark.parametrize(("other", "chosen"), [(0.5, "other"), (0.99, "own"), (None, "own")])
def test_another_is_taken_only_if_it_is_clearly_faster(
    other: float | None, chosen: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    own = str(Path(sys.executable).resolve())
    monkeypatch.setattr(interpreter, "candidates", lambda own: [own, "/other"])
    monkeypatch.setattr(interpreter, "probe", {own: 1.0, "/other": other}.__getitem__)
    interpreter.main()
    assert capsys.readouterr().out.strip() == ("/other" if chosen == "other" else sys.executable)
