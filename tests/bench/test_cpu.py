"""The processor time that the bench reports is what the processes really used."""

import subprocess
import sys

from bench import cpu
from tests.patience import PATIENCE

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
WAIT = "print('done', flush=True); input()"


def test_the_time_of_a_child_and_of_its_ended_child_is_counted() -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}], check=True); {BURN}; {WAIT}"
    parent = parent.replace("; import time\n", "\nimport time\n").replace("\n; ", "\n")
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"done\n"
        spent = cpu.spent(child.pid)
        child.communicate(b"\n", timeout=PATIENCE)
    # Of an ended child the kernel tells whole ticks only, 10 ms each of user and of system time.
    assert spent >= 0.58e9


def test_a_process_that_is_gone_spends_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(PATIENCE)
    assert cpu.tree(child.pid) == []
    assert cpu.spent(child.pid) == 0
