"""Forked children: how they begin, how they end, and that they never outlive who forked them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.patience import PATIENCE
from trigate.process import channel
from trigate.process.child import CRASHED, Child, fork

ORPHAN = """
import os, sys, time
from trigate.process.child import fork
def sleep(line):
    time.sleep(60)
    return 0
print(fork("one", sleep, lambda: None).pid, flush=True)
time.sleep(60)
"""


def end(child: Child) -> int | None:
    deadline = time.monotonic() + PATIENCE
    while not child.reap():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.line.close()
    return child.status


def test_a_child_reports_and_ends_with_its_own_status():
    def run(line: socket.socket) -> int:
        line.send(b'{"type":"Ready"}')
        return 3

    child = fork("one", run, lambda: None)
    assert end(child) == 3
    assert not child.ready
    assert child.pid != os.getpid()


def test_a_report_makes_a_child_ready():
    def run(line: socket.socket) -> int:
        line.send(b'{"type":"Ready"}')
        line.setblocking(True)
        return len(line.recv(100)) and 0

    child = fork("one", run, lambda: None)
    deadline = time.monotonic() + PATIENCE
    while not child.ready:
        child.read()
        assert time.monotonic() < deadline
    child.order(channel.Drain())
    assert end(child) == 0


def test_a_child_that_fails_by_an_exception_never_runs_on_in_its_parents_code():
    def run(line: socket.socket) -> int:
        os.close(2)
        raise RuntimeError("a fault")

    assert end(fork("one", run, lambda: None)) == CRASHED


def test_a_child_leaves_orders_to_its_supervisor_but_its_own_programs_do_not():
    def run(line: socket.socket) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(os.getpid(), number)
        grep = ["grep", "SigIgn", "/proc/self/status"]
        shown = subprocess.run(grep, capture_output=True, text=True, check=True).stdout
        ignored = int(shown.split()[1], 16)
        return int(any(ignored >> (number - 1) & 1 for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)))

    assert end(fork("one", run, lambda: None)) == 0


def test_a_child_dies_with_its_supervisor(tmp_path: Path):
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait(PATIENCE)
    parent.stdout.close()
    deadline = time.monotonic() + PATIENCE
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_that_does_not_listen_is_ended():
    def run(line: socket.socket) -> int:
        time.sleep(60)
        return 0

    child = fork("one", run, lambda: None)
    for _ in range(100_000):
        child.order(channel.Drain())
        if child.reap():
            break
    assert end(child) == -signal.SIGKILL
    child.kill()
