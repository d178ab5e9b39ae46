"""A data worker: its records, its faults, its drain, and what it does without room for records."""

import http.client
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.patience import PATIENCE
from tests.process.scene import Gateway, kill, until


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
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    connection.request("GET", "/stream")
    answer = connection.getresponse()
    assert answer.read(6) == b"begun "
    gateway.signal(signal.SIGTERM)
    until(lambda: gateway.probe()[0] == 503)
    gateway.release()
    assert answer.read() == b"end"
    connection.close()
    assert gateway.process.wait(PATIENCE) == 0


def test_without_room_for_records_new_requests_are_refused_until_there_is_room_again(tmp_path: Path):
    spool = {"directory": str(tmp_path / "data"), "spool": {"limit": "32MiB"}}
    more = {"store": spool, "telemetry": {"access_log": "off"}, "process": {"unresponsive": "60s"}}
    with Gateway(tmp_path, more=more) as gateway:
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


def test_who_is_not_to_be_served_without_the_store_is_refused_from_the_first_request_on(tmp_path: Path):
    data = tmp_path / "data"
    store = {"directory": str(data), "url": "sqlite:///taken", "fail": "closed"}
    (data / "taken").mkdir(parents=True)  # no database can be there
    with Gateway(tmp_path, more={"store": store}) as gateway:
        assert "store.unavailable" in gateway.ask()
        assert gateway.probe()[0] == 503
        (data / "taken").rmdir()
        until(lambda: "store.unavailable" not in gateway.ask())
        assert gateway.name() == "one"


PATIENT = """
import sys
import trigate.process.worker as worker
from tests.process.toy import build, offer, run_gateway
worker.FIRST_WORD_SECONDS = 600
run_gateway(sys.argv[1], build, offer)
"""


def test_callers_wait_for_the_first_word_of_a_store_that_is_needed(tmp_path: Path):
    more = {"store": {"directory": str(tmp_path / "data"), "fail": "closed"}}
    with Gateway(tmp_path, [sys.executable, "-c", PATIENT], more=more) as gateway:
        assert gateway.ask().endswith(" one")


def test_silence_about_a_store_that_is_needed_is_taken_for_an_outage(tmp_path: Path):
    more = {"store": {"directory": str(tmp_path / "data"), "fail": "closed"}, "process": {"unresponsive": "60s"}}
    with Gateway(tmp_path, more=more) as gateway:
        until(lambda: gateway.ask().endswith(" one"))
        (control,) = (child for child in gateway.children() if child.pid != gateway.pid())
        control.suspend()
        kill(psutil.Process(gateway.pid()))
        until(lambda: "a process was restarted name=worker" in gateway.log())
        assert "store.unavailable" in gateway.ask()
        assert "nothing was heard of the store" in gateway.log()
        control.resume()
        until(lambda: gateway.ask().endswith(" one"))
