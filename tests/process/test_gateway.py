"""A whole gateway of processes, seen from outside: starts, probes, ends, and what it leaves behind."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.process.scene import BOUND, ROOT, TOY, Gateway, alive, until


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_it_answers_is_live_and_ready_and_ends_well_leaving_nothing(gateway: Gateway):
    assert gateway.name() == "one"
    assert gateway.probe("/livez") == (200, {"status": "live"})
    _, body = until(lambda: gateway.probe() if gateway.probe()[0] == 200 else None)
    assert body["checks"]["workers"] == {"ok": True, "detail": "1 of 1 serve"}
    children = gateway.children()
    assert len(children) == 2
    assert gateway.stop() == 0
    assert not any(map(alive, children))
    assert list((gateway.directory / "data" / "spool").iterdir()) == []


def test_what_a_worker_records_becomes_a_line_of_the_access_log(gateway: Gateway):
    gateway.ask("/record", b'{"id":"1"}')
    until(lambda: gateway.records() == ['{"id":"1"}'])


def test_a_worker_reaches_the_control_process_over_the_bus(gateway: Gateway):
    assert int(gateway.ask("/bus")) in {child.pid for child in gateway.children()} - {gateway.pid()}


def test_a_handler_that_fails_is_told_without_its_secrets(gateway: Gateway):
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        gateway.ask("/fault")
    until(lambda: "RuntimeError" in gateway.log())
    assert "sk-canary" not in gateway.log()


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


def test_sigterm_lets_a_stream_finish(gateway: Gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=BOUND)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.read(2) == b"0 "
    gateway.signal(signal.SIGTERM)
    until(lambda: gateway.probe()[0] == 503)
    assert answer.read().endswith(b"9 end")
    connection.close()
    assert gateway.process.wait(BOUND) == 0


def test_a_second_signal_ends_it_at_once(gateway: Gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=BOUND)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    answer.read(2)
    children = gateway.children()
    gateway.signal(signal.SIGINT)
    until(lambda: "stopping" in gateway.log())
    gateway.signal(signal.SIGINT)
    assert gateway.process.wait(BOUND) == 1
    assert not any(map(alive, children))
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        answer.read()
    connection.close()


def test_children_never_outlive_a_supervisor_that_is_killed(gateway: Gateway):
    children = gateway.children()
    gateway.process.kill()
    gateway.process.wait(BOUND)
    until(lambda: not any(map(alive, children)))


def test_records_that_were_not_delivered_are_delivered_by_the_next_start(tmp_path: Path):
    with Gateway(tmp_path) as gateway:
        for child in gateway.children():
            if child.pid != gateway.pid():
                child.suspend()  # the control process delivers nothing any more
        gateway.ask("/record", b'{"id":"1"}')
    assert gateway.records() == []
    with Gateway(tmp_path) as gateway:
        until(lambda: gateway.records() == ['{"id":"1"}'])


def test_a_request_that_waits_while_the_worker_is_replaced_is_answered(gateway: Gateway):
    answers: list[str] = []

    def ask_often() -> None:
        for _ in range(30):
            answers.append(gateway.ask())
            time.sleep(0.01)

    os.kill(gateway.pid(), signal.SIGKILL)
    thread = threading.Thread(target=ask_often)
    thread.start()
    thread.join(BOUND)
    assert len(answers) == 30


def test_a_state_directory_belongs_to_one_gateway(gateway: Gateway):
    second = subprocess.run(
        [*TOY, str(gateway.path)], cwd=ROOT, capture_output=True, text=True, timeout=10, check=False
    )
    assert second.returncode != 0
    assert "is in use by another gateway: set store.directory" in second.stderr
    assert gateway.name() == "one"


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shareable"])
def test_an_address_that_is_taken_is_told(tmp_path: Path, shared: bool):
    gateway = Gateway(tmp_path)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        taken.bind(("127.0.0.1", gateway.port))
        taken.listen()
        gateway.start()
        assert gateway.process.wait(BOUND) != 0
    assert f"cannot listen on 127.0.0.1:{gateway.port}" in gateway.log()


@pytest.mark.parametrize(
    ("key", "told"), [("unbuildable", "this can be found out only by building"), ("crash", "status=9")]
)
def test_a_configuration_that_cannot_be_built_ends_the_start_with_1(tmp_path: Path, key: str, told: str):
    gateway = Gateway(tmp_path)
    gateway.write(key)
    gateway.start()
    assert gateway.process.wait(BOUND) == 1
    assert told in gateway.log()


def test_it_lets_go_of_callers_that_the_drain_time_does_not_suffice_for(tmp_path: Path):
    gateway = Gateway(tmp_path)
    gateway.write(inbound={"listen": f"127.0.0.1:{gateway.port}", "timeouts": {"drain": "300ms"}})
    with gateway:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=BOUND)
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        answer.read(2)
        assert gateway.stop() == 0
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            answer.read()
        connection.close()
