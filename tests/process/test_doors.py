"""Listening sockets: taken over when they stay, never shared with another gateway, none left open by a failure."""

import socket
from pathlib import Path

import pytest

from tests.process.scene import free_port
from trigate.admin.settings import AdminSettings
from trigate.config.config import Config
from trigate.inbound.settings import InboundSettings
from trigate.process.doors import Sockets, open_control, open_worker


def listening(*addresses: str) -> Config:
    return Config(inbound=InboundSettings(listen=list(addresses)), admin=AdminSettings(listen=addresses[0]))


def close(*opened: Sockets) -> None:
    for each in opened:
        for door in each.values():
            door.close()


def test_what_stays_is_taken_over_and_only_the_rest_is_opened():
    one, two = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    first = open_worker(listening(one), {})
    second = open_worker(listening(two, one), first)
    assert list(second) == [two, one]
    assert second[one] is first[one]
    close(second)


def test_two_gateways_never_share_an_address():
    config = listening(f"127.0.0.1:{free_port()}")
    opened = open_worker(config, {})
    with pytest.raises(OSError, match="cannot listen on"):
        open_control(config, {})
    close(opened)
    close(open_control(config, {}))


def test_a_failure_leaves_nothing_open():
    free, taken = f"127.0.0.1:{free_port()}", free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{taken}"):
            open_worker(listening(free, f"127.0.0.1:{taken}"), {})
    close(open_worker(listening(free), {}))


@pytest.mark.parametrize("form", ["unix:{path}", "[::1]:{port}", ":{port}", "localhost:{port}"])
def test_every_form_of_address_can_be_opened(tmp_path: Path, form: str):
    if form.startswith("[") and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    address = form.format(path=tmp_path / "socket", port=free_port())
    close(open_worker(listening(address), {}))
