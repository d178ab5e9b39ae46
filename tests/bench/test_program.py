"""The upstreams written in Python are found from any directory."""

import subprocess
from pathlib import Path

from bench.program import program
from tests.patience import PATIENCE


def test_a_module_runs_in_another_directory(tmp_path: Path) -> None:
    done = subprocess.run([*program("pipe")], cwd=tmp_path, input=b"", timeout=PATIENCE, check=False)
    assert done.returncode == 0
