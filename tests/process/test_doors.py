"""Listening sockets: taken over when they stay, shared only within one gateway, none left open by a failure."""

import socket
from pathlib import Path

import pytest

from tests.process.scene import free_port
from trigate.admin.settings import AdminSettings
from trigate.config.config import Config
from trigate.inbound.settings import InboundSettings
from trigate.process.doors import Doors, Sockets


def listening(*addresses: str) -> Config:
    return Config(inbound=InboundSettings(listen=list(addresses)), admin=AdminSettings(listen=addresses[0]))


def close(*opened: Sockets) -> None:
    for each in opened:
        for door in each.values():
            door.close()


def test_what_stays_is_taken_over_and_only_the_rest_is_opened():
    one, two = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    doors = Doors()
    first = doors.open_worker(listening(one), {})
    second = doors.open_worker(listening(two, one), first)
    assert list(second) == [two, one]
    assert second[one] is first[one]
    close(second)


def test_slots_of_one_gateway_share_an_address_and_two_gateways_do_not():
    address = f"127.0.0.1:{free_port()}"
    doors = Doors()
    slots = [doors.open_worker(listening(address), {}) for _ in range(2)]
    assert slots[0][address] is not slots[1][address]
    with pytest.raises(OSError, match="cannot listen on"):
        Doors().open_control(listening(address), {})
    close(*slots)
    close(Doors().open_control(listening(address), {}))


def test_a_failure_leaves_nothing_open():
    free, taken = f"127.0.0.1:{free_port()}", free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{taken}"):
            Doors().open_worker(listening(free, f"127.0.0.1:{taken}"), {})
    close(Doors().open_worker(listening(free), {}))


def test_an_address_that_was_given_up_may_be_had_again():
    address = f"127.0.0.1:{free_port()}"
    doors = Doors()
    close(doors.open_worker(listening(address), {}))
    close(doors.open_worker(listening(address), {}))


@pytest.mark.parametrize("form", ["unix:{path}", "[::1]:{port}", ":{port}", "localhost:{port}"])
def test_every_form_of_address_can_be_opened(tmp_path: Path, form: str):
    if form.startswith("[") and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    address = form.format(path=tmp_path / "socket", port=free_port())
    close(Doors().open_worker(listening(address), {}))
