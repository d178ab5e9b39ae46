"""No process outlives the bench."""

import sys
from pathlib import Path

import psutil
import pytest

from bench import process
from tests.patience import PATIENCE

STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)
print('ready', flush=True)
import time; time.sleep(60)
"""


def test_a_stubborn_tree_is_gone_after_the_block_even_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PATIENCE", 0.3)
    members: list[psutil.Process] = []
    with pytest.raises(ZeroDivisionError):
        _fail_while_running(tmp_path, members)
    _, alive = psutil.wait_procs(members, timeout=PATIENCE)
    assert len(members) == 2
    assert not [member for member in alive if member.status() != psutil.STATUS_ZOMBIE]


def _fail_while_running(directory: Path, members: list[psutil.Process]) -> None:
    with process.running([sys.executable, "-c", STUBBORN], directory, None) as child:
        root = psutil.Process(child.pid)
        while not root.children() or "ready" not in process.tail(directory):
            assert child.poll() is None
        members += [root, *root.children(recursive=True)]
        raise ZeroDivisionError


def test_a_missing_program_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program is not installed"):
        process.require("no-such-program")
