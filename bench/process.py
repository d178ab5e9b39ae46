"""Child processes that never outlive the bench."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Sequence
from pathlib import Path

import psutil

_PATIENCE = 5.0


@contextlib.contextmanager
def running(command: Sequence[str], directory: Path, core: int | None) -> Generator[subprocess.Popen[bytes]]:
    """Run a command in its own directory and on one core (None: any); its tree is gone when the block ends."""
    with open(directory / "output.log", "ab") as log:
        child = subprocess.Popen(
            pinned(command, core),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        end(child)


def pinned(command: Sequence[str], core: int | None) -> list[str]:
    """The command, held on one core (None: any), and told by the kernel to end when the bench ends in whatever way."""
    place = [] if core is None else ["taskset", "-c", str(core)]
    return ["setpriv", "--pdeathsig", "TERM", *place, *command]


def end(child: subprocess.Popen[bytes]) -> None:
    """Ask politely, then kill: the child, its group and every descendant known now."""
    members = _descendants(child.pid)
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    for member in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    child.wait(_PATIENCE)


def _descendants(pid: int) -> list[psutil.Process]:
    # psutil remembers when each started, so a pid that was given to a stranger meanwhile is never killed.
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def tail(directory: Path, lines: int = 12) -> str:
    """The last words of the command that ran in a directory."""
    text = (directory / "output.log").read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def require(program: str) -> str:
    """The path of a program, or FileNotFoundError naming what to install."""
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not installed (Debian: apt-get install {program})")
    return found
