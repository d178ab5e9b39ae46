"""What is handed over arrives as it was, and nothing is handed to a program that would misread it."""

import os
import socket
import time

import msgspec
import pytest

from tests.ports import free_port
from trigate.config.config import Config
from trigate.core.errors import BadConfig
from trigate.inbound.settings import InboundSettings
from trigate.process import inheritance
from trigate.process.child import Run
from trigate.process.doors import close_others, every, open_inbound
from trigate.process.seat import Seat, seats
from trigate.process.supervisor import Supervisor


def wait(line: socket.socket) -> int:
    time.sleep(60)
    return 0


def sleeper(seat: Seat, config: Config) -> Run:
    return wait


def empty(config: Config) -> Supervisor:
    return Supervisor(config, Seat("control", {}), [], (sleeper, sleeper))


def test_children_and_doors_are_found_again():
    config = Config(inbound=InboundSettings(listen=[f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"], workers=2))
    first = empty(config)
    first.doors = open_inbound(config, {})
    first.workers = seats(first.doors, 2)
    for seat in first.seats[:2]:
        first.fill(seat, config)
    dismissed = first.take_aside(first.workers[0])
    assert dismissed is not None
    child = first.fill(first.workers[0], config)
    child.ready = True
    first.generation, first.attempts, first.upgrades = 3, 7, 2

    estate = inheritance.read(inheritance.write(inheritance.collect(first, os.open("/dev/null", os.O_RDONLY), "text")))
    assert len(set(inheritance.descriptors(estate))) == 1 + 4 + 2 * 3
    second = empty(config)
    inheritance.enter(second, estate)

    assert (second.generation, second.attempts, second.upgrades) == (3, 7, 2)
    heir = second.workers[0].child
    assert heir is not None
    assert (heir.pid, heir.name, heir.address, heir.ready) == (child.pid, "worker-0", child.address, True)
    assert second.workers[1].child is None
    assert [each.pid for each in second.leaving] == [dismissed.pid]
    assert second.control.child is not None
    assert heir.control is second.control.child
    assert second.control.child.leads
    assert {each.getsockname() for each in every(second.doors)} == {each.getsockname() for each in every(first.doors)}
    assert [list(seat.doors) for seat in second.workers] == [list(seat.doors) for seat in first.workers]

    for each in first.children:
        each.line.detach()
        each.kill()
    second.kill_all()
    for each in every(first.doors):
        each.detach()
    close_others(second.doors, [])
    first.close()
    second.close()
    os.close(estate.lock)


@pytest.mark.parametrize("text", [b"", b"nonsense", msgspec.msgpack.encode({"version": 1})])
def test_a_document_of_another_kind_is_refused(text: bytes):
    descriptor = os.memfd_create("document")
    os.write(descriptor, text)
    with pytest.raises(BadConfig, match="restart the gateway"):
        inheritance.read(descriptor)
