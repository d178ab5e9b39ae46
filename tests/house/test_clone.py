"""A fresh clone installs itself from its own locks and starts."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.patience import PATIENCE

CLEAN = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS"}}


@pytest.mark.proof
def test_a_fresh_clone_installs_and_answers(tmp_path: Path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run(["make", ".venv/run"], cwd=clone, env=CLEAN, check=True, timeout=300, capture_output=True)
    asked = [str(clone / ".venv" / "bin" / "trigate"), "--help"]
    done = subprocess.run(asked, cwd=tmp_path, env=CLEAN, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "serve" in done.stdout
