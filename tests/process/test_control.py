"""The control process: its services, the delivery of records, and what its probes tell."""

import signal
from pathlib import Path

import pytest

from tests.process.scene import Gateway, until


@pytest.fixture
def gateway(tmp_path: Path):
    with Gateway(tmp_path) as running:
        yield running


def test_a_worker_reaches_the_control_process_over_the_bus(gateway: Gateway):
    assert int(gateway.ask("/bus")) in {child.pid for child in gateway.children()} - {gateway.pid()}


def test_records_that_were_not_delivered_are_delivered_by_the_next_start(tmp_path: Path):
    with Gateway(tmp_path) as gateway:
        for child in gateway.children():
            if child.pid != gateway.pid():
                child.suspend()  # the control process delivers nothing any more
        gateway.ask("/record", b'{"id":"1"}')
    assert gateway.records() == []
    with Gateway(tmp_path) as gateway:
        until(lambda: gateway.records() == ['{"id":"1"}'])


def test_an_access_log_that_cannot_be_written_is_told_by_the_probe(tmp_path: Path):
    with Gateway(tmp_path, more={"telemetry": {"access_log": "/dev/full"}}) as gateway:
        gateway.ask("/record", b"{}")
        until(lambda: "No space left" in gateway.probe()[1]["checks"]["spool"]["detail"])
        assert "records wait in the spool" in gateway.log()
        gateway.write("one", telemetry={"access_log": str(gateway.access_path)})
        until(lambda: gateway.records() == ["{}"])


def test_a_moved_access_log_is_let_go_at_sighup(gateway: Gateway):
    gateway.ask("/record", b'{"id":"1"}')
    until(lambda: gateway.records() == ['{"id":"1"}'])
    gateway.access_path.rename(gateway.directory / "access.log.1")
    gateway.signal(signal.SIGHUP)
    until(gateway.access_path.exists)
    gateway.ask("/record", b'{"id":"2"}')
    until(lambda: gateway.records() == ['{"id":"2"}'])
    assert (gateway.directory / "access.log.1").read_text() == '{"id":"1"}\n'
