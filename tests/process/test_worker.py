"""A data worker: its records, its faults, its drain, and what it does without room for records."""

import http.client
import signal
from pathlib import Path

import pytest

from tests.process.scene import BOUND, Gateway, until


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_what_a_worker_records_becomes_a_line_of_the_access_log(gateway: Gateway):
    gateway.ask("/record", b'{"id":"1"}')
    until(lambda: gateway.records() == ['{"id":"1"}'])


def test_a_handler_that_fails_is_told_without_its_secrets(gateway: Gateway):
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        gateway.ask("/fault")
    until(lambda: "RuntimeError" in gateway.log())
    assert "sk-canary" not in gateway.log()


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


def test_without_room_for_records_new_requests_are_refused_until_there_is_room_again(tmp_path: Path):
    spool = {"directory": str(tmp_path / "data"), "spool": {"limit": "32MiB"}}
    with Gateway(tmp_path, more={"store": spool, "telemetry": {"access_log": "off"}}) as gateway:
        worker = gateway.pid()
        (control,) = (child for child in gateway.children() if child.pid != worker)
        control.suspend()  # nobody takes records off the spool
        record = b"x" * (1024 * 1024 - 100)
        until(lambda: "takes no requests" in gateway.ask("/record", record))
        assert "the spool is full" in gateway.log()
        assert '"status":503' in gateway.ask()
        control.resume()
        until(lambda: gateway.ask().startswith(str(worker)))
        assert "the spool has room" in gateway.log()
