"""A new program for a running gateway: tried beside the old one, then put in its place, in the same process."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence

from trigate.config.environment import environment
from trigate.process import inheritance
from trigate.process.inheritance import Inheritance
from trigate.process.supervisor import SIGNALS, Supervisor
from trigate.process.swap import report
from trigate.telemetry.log import log

INHERITANCE = "TRIGATE_INHERITANCE"
REHEARSAL = "TRIGATE_REHEARSAL"
"""Variables that tell a program the descriptor of what it takes over, or would."""
REHEARSE_SECONDS = 30.0
TOLD_CHARACTERS = 4000

Collect = Callable[[], Inheritance]


def upgrade(supervisor: Supervisor, command: Sequence[str], collect: Collect) -> None:
    """Start `command` in this process's place; returns only if the new program is of no use, which has been told.

    Raises Stopping if the gateway is told to end meanwhile.
    """
    supervisor.upgrades += 1
    problem = _rehearse(supervisor, command, collect()) or _take_place(command, collect())
    supervisor.problem = f"the new program is not used: {problem}"
    report("the new program is not used, the old one goes on", problem)


def _rehearse(supervisor: Supervisor, command: Sequence[str], estate: Inheritance) -> str:
    """Have the new program load everything and read the file, touching nothing; what came of it, empty if all well."""
    document = inheritance.write(estate)
    with tempfile.TemporaryFile() as said:
        try:
            trial = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={**environment(), REHEARSAL: str(document)},
                pass_fds=[document],
            )
        except OSError as error:
            return f"it cannot be started: {error.strerror}"
        finally:
            os.close(document)
        return _outcome(supervisor, trial, lambda: _read(said.fileno()))


def _outcome(supervisor: Supervisor, trial: "subprocess.Popen[bytes]", said: Callable[[], str]) -> str:
    try:
        in_time = supervisor.wait(lambda: trial.poll() is not None, REHEARSE_SECONDS, lambda: True)
    finally:
        if trial.poll() is None:
            trial.kill()
            trial.wait()
    if not in_time:
        return f"it did not start within {REHEARSE_SECONDS:g} s"
    return "" if trial.returncode == 0 else said() or f"it ended with status {trial.returncode}"


def _take_place(command: Sequence[str], estate: Inheritance) -> str:
    """Never returns if it works: children stay children, sockets stay open, the process id stays the same."""
    document = inheritance.write(estate)
    given = [document, *inheritance.descriptors(estate)]
    log.info("a new program takes over")
    # Signals wait until the new program listens to them; unheard, they would end it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        for each in given:
            os.set_inheritable(each, True)
        os.execve(command[0], list(command), {**environment(), INHERITANCE: str(document)})  # noqa: S606 - no shell
    except OSError as error:
        for each in given:
            os.set_inheritable(each, False)
        os.close(document)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return f"it cannot be started: {error.strerror}"


def _read(descriptor: int) -> str:
    return os.pread(descriptor, TOLD_CHARACTERS, 0).decode("utf-8", "replace").strip()
