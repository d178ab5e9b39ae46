"""The supervisor: who dies is replaced, who waits is served, and nobody outlives it."""

import http.client
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.process.scene import Gateway, alive, until


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_a_worker_that_is_killed_is_replaced_and_nobody_is_refused(gateway: Gateway):
    first = gateway.pid()
    gateway.ask("/record", b'{"id":"before"}')
    os.kill(first, signal.SIGKILL)
    second = gateway.pid()  # the connection waits in the socket that the supervisor holds
    assert second != first
    until(lambda: gateway.records() == ['{"id":"before"}'])
    assert "a process has died" in gateway.log()


def test_a_control_process_that_is_killed_is_replaced_and_traffic_goes_on(gateway: Gateway):
    worker = gateway.pid()
    first = int(gateway.ask("/bus"))
    os.kill(first, signal.SIGKILL)
    assert gateway.pid() == worker
    gateway.ask("/record", b'{"id":"meanwhile"}')
    until(lambda: gateway.ask("/bus").isdigit())
    assert int(gateway.ask("/bus")) != first
    assert until(lambda: gateway.probe()[0] == 200)
    until(lambda: gateway.records() == ['{"id":"meanwhile"}'])


def test_a_request_that_waits_while_the_worker_is_replaced_is_answered(gateway: Gateway):
    answers: list[str] = []

    def ask_often() -> None:
        for _ in range(30):
            answers.append(gateway.ask())

    os.kill(gateway.pid(), signal.SIGKILL)
    thread = threading.Thread(target=ask_often)
    thread.start()
    thread.join(PATIENCE)
    assert len(answers) == 30


def test_a_second_signal_ends_it_at_once(gateway: Gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.read(6) == b"begun "
    children = gateway.children()
    gateway.signal(signal.SIGINT)
    until(lambda: "stopping" in gateway.log())
    gateway.signal(signal.SIGINT)
    assert gateway.process.wait(PATIENCE) == 1
    until(lambda: not any(map(alive, children)))
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        answer.read()
    connection.close()


def test_children_never_outlive_a_supervisor_that_is_killed(gateway: Gateway):
    children = gateway.children()
    gateway.process.kill()
    gateway.process.wait(PATIENCE)
    until(lambda: not any(map(alive, children)))


def test_it_lets_go_of_callers_that_the_drain_time_does_not_suffice_for(tmp_path: Path):
    gateway = Gateway(tmp_path)
    gateway.write(inbound={"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": "300ms"}})
    with gateway:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        assert answer.read(6) == b"begun "
        assert gateway.stop() == 0
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            answer.read()
        connection.close()


SLOW_TURNS = """
import sys
import trigate.process.supervisor as supervisor
from tests.process.toy import build, offer, run_gateway
supervisor.TURN_SECONDS = 60
run_gateway(sys.argv[1], build, offer)
"""


def test_a_gateway_that_serves_says_at_once_that_it_is_ready(tmp_path: Path):
    with Gateway(tmp_path, [sys.executable, "-c", SLOW_TURNS]) as gateway:
        until(lambda: gateway.probe()[0] == 200)
