"""How the upstreams written in Python are started."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def program(module: str) -> list[str]:
    """The command that runs a module of `bench.upstreams` in any directory."""
    # The package is found by the path that this process was started with.
    home = str(Path(__file__).parents[1])
    path = f"PYTHONPATH={home}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    return ["env", path, sys.executable, "-m", f"bench.upstreams.{module}"]
