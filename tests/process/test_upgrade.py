"""Upgrades: another program takes over in the same process, or, if it cannot, nothing has happened."""

import http.client
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.process.scene import Callers, Gateway, until

PROGRAM = """
import sys
from tests.process.toy import build, offer
from trigate.process.gateway import run_gateway
{more}
sys.exit(run_gateway(sys.argv[1], build, offer, command=[sys.executable, *sys.orig_argv[1:]]))
"""
UNABLE = """
def build(config, surroundings):
    raise ValueError("this version builds nothing")
"""
NEWER = """
import os
import trigate.process.inheritance as inheritance
inheritance.VERSION = 2
"""


class Installed(Gateway):
    """A gateway whose program can be exchanged while it runs."""

    def __init__(self, directory: Path, workers: int = 2) -> None:
        self.program = directory / "program.py"
        self.install("")
        super().__init__(directory, [sys.executable, str(self.program)])
        inbound = {"listen": f"127.0.0.1:{self.port}", "workers": workers, "timeouts": {"drain": "30s"}}
        self._more = {"inbound": inbound}
        self.write()

    def install(self, more: str, program: str = PROGRAM) -> None:
        """Put another version of the program in place."""
        root = f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        fresh = self.program.with_suffix(".fresh")
        fresh.write_text(root + program.format(more=more))
        fresh.rename(self.program)

    def workers(self) -> set[int]:
        """Those that let callers in."""
        return {self.pid() for _ in range(40)}

    def upgrade(self, outcome: str = "a new program serves") -> None:
        """Have the installed program take over, and wait for what comes of it."""
        before = self.log().count(outcome)
        self.signal(signal.SIGUSR2)
        until(lambda: self.log().count(outcome) > before, 45)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Installed]:
    running = Installed(tmp_path)
    with running:
        yield running


def test_another_program_serves_in_the_same_process_and_the_old_workers_go(gateway: Installed):
    old, process = gateway.workers(), gateway.process.pid
    gateway.upgrade()
    until(lambda: gateway.workers().isdisjoint(old))
    assert gateway.process.poll() is None
    until(lambda: len(gateway.children()) == 3)
    assert {child.ppid() for child in gateway.children()} == {process}
    until(lambda: gateway.probe()[1]["checks"]["configuration"]["detail"] == "generation 2")
    gateway.ask("/record", b'{"id":"1"}')
    until(lambda: gateway.records() == ['{"id":"1"}'])
    assert gateway.stop() == 0
    assert list((gateway.directory / "data" / "spool").iterdir()) == []


def test_what_was_under_way_ends_with_the_program_it_began_with(gateway: Installed):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.read(6) == b"begun "
    gateway.upgrade()
    gateway.release()
    assert answer.read() == b"end"
    connection.close()


def test_upgrades_can_follow_each_other_and_reloads_them(gateway: Installed):
    for _ in range(3):
        gateway.upgrade()
    gateway.write("two")
    gateway.signal(signal.SIGHUP)
    until(lambda: gateway.name() == "two")
    for victim in gateway.workers():
        os.kill(victim, signal.SIGKILL)
    until(lambda: len(gateway.workers()) == 2)
    assert until(lambda: gateway.ask("/bus").isdigit())


@pytest.mark.parametrize(
    ("program", "told"),
    [("import nothing_of_this_name", "nothing_of_this_name"), ("", "status 0"), (PROGRAM, "cannot take over")],
    ids=["does not load", "does nothing", "of another kind"],
)
def test_a_program_that_cannot_be_used_is_told_and_changes_nothing(gateway: Installed, program: str, told: str):
    if not program:
        program, told = "sys.exit(3)", "status 3"
    before, more = gateway.workers(), NEWER if told == "cannot take over" else ""
    gateway.install(more, program)
    gateway.upgrade("the new program is not used, the old one goes on")
    until(lambda: told in gateway.log())
    assert gateway.workers() == before
    until(lambda: "the new program is not used" in gateway.probe()[1]["checks"]["configuration"]["detail"])
    gateway.install("")
    gateway.upgrade()
    until(lambda: gateway.workers().isdisjoint(before))


def test_a_program_that_loads_but_cannot_serve_leaves_the_old_processes(gateway: Installed):
    before = gateway.workers()
    gateway.ask("/record", b'{"id":"1"}')
    gateway.install(UNABLE)
    gateway.upgrade("the processes of the old one go on")
    assert gateway.workers() == before
    until(lambda: "this version builds nothing" in gateway.log())
    until(lambda: len(gateway.children()) == 3)
    gateway.ask("/record", b'{"id":"2"}')
    until(lambda: gateway.records() == ['{"id":"1"}', '{"id":"2"}'])
    assert gateway.probe()[0] == 200
    gateway.install("")
    gateway.upgrade()
    until(lambda: gateway.workers().isdisjoint(before))


def test_a_file_that_changed_with_the_program_is_used_by_it(gateway: Installed):
    gateway.path.write_text(gateway.path.read_text().replace('"one"', '"two"'))
    gateway.signal(signal.SIGUSR2)
    until(lambda: "a new program serves" in gateway.log(), 45)
    until(lambda: gateway.name() == "two")


def test_requests_on_fresh_and_reused_connections_do_not_fail_meanwhile(gateway: Installed):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)

    def reuse() -> None:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()

    with Callers(gateway.ask, gateway.ask, reuse):
        for _ in range(3):
            gateway.upgrade()
    connection.close()


def test_it_can_be_told_to_end_while_a_new_program_is_tried(gateway: Installed):
    gateway.install("", "import time\ntime.sleep(60)")
    gateway.signal(signal.SIGUSR2)
    until(lambda: len(gateway.children()) == 4)
    assert gateway.stop() == 0
