"""Listening sockets: taken over when they stay, never shared with another gateway, none left open by a failure."""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import until
from trigate.admin.settings import AdminSettings
from trigate.config.config import Config
from trigate.inbound.listener import close_all
from trigate.inbound.settings import InboundSettings
from trigate.process.doors import Doors, deal, every, open_control, open_inbound, steer_callers


def listening(*addresses: str, workers: int = 1) -> Config:
    inbound = InboundSettings(listen=list(addresses), workers=workers)
    return Config(inbound=inbound, admin=AdminSettings(listen=addresses[0]))


def accepted(listening: Sequence[socket.socket], callers: int) -> list[int]:
    """To which of the sockets so many callers came; they are let in."""
    counts = [0] * len(listening)

    def have_come() -> bool:
        for number, each in enumerate(listening):
            counts[number] += let_in(each)
        return sum(counts) == callers

    until(have_come)
    return counts


def let_in(listening: socket.socket) -> int:
    count = 0
    while True:
        try:
            caller, _ = listening.accept()
        except BlockingIOError:
            return count
        caller.close()
        count += 1


def call(address: str, times: int) -> list[socket.socket]:
    host, _, port = address.rpartition(":")
    return [socket.create_connection((host, int(port)), timeout=PATIENCE) for _ in range(times)]


def test_every_slot_gets_its_own_sockets_and_a_unix_socket_is_one_for_all(tmp_path: Path):
    config = listening(f"127.0.0.1:{free_port()}", f"unix:{tmp_path / 'socket'}", workers=3)
    doors = open_inbound(config, {})
    assert [len(each) for each in doors.values()] == [3, 1]
    dealt = [deal(doors, slot, 3) for slot in range(3)]
    assert len({id(each) for slot in dealt for each in every(slot)}) == 4
    assert all([len(each) for each in slot.values()] == [1, 1] for slot in dealt)
    close(doors)


def test_an_address_without_a_port_is_the_same_for_all_slots():
    doors = open_inbound(listening("127.0.0.1:0", workers=3), {})
    assert len({each.getsockname() for each in every(doors)}) == 1
    close(doors)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="steering is a thing of Linux")
def test_fewer_slots_keep_every_socket_but_callers_come_only_to_their_own():
    config = listening(f"127.0.0.1:{free_port()}", workers=4)
    address = config.inbound.listeners[0].address
    doors = open_inbound(config, {})
    callers = call(address, 40)
    fewer = open_inbound(listening(address, workers=2), doors)
    assert fewer == doors
    steer_callers(fewer, 2)
    accepted(fewer[address], 40)
    callers += call(address, 60)
    first, second, *others = accepted(fewer[address], 60)
    assert min(first, second) > 5
    assert others == [0, 0]
    assert [len(deal(fewer, slot, 2)[address]) for slot in range(2)] == [2, 2]
    close_all(callers)
    close(doors)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="steering is a thing of Linux")
def test_nobody_comes_to_the_sockets_of_more_slots_before_they_are_sure_to_stay():
    config = listening(f"127.0.0.1:{free_port()}")
    address = config.inbound.listeners[0].address
    doors = open_inbound(config, {})
    more = open_inbound(listening(address, workers=3), doors)
    callers = call(address, 30)
    assert accepted(more[address], 30) == [30, 0, 0]
    steer_callers(more, 3)
    callers += call(address, 90)
    assert min(accepted(more[address], 90)) > 5
    close_all(callers)
    close(more)


def close(*opened: Doors) -> None:
    for each in opened:
        close_all(every(each))


def test_what_stays_is_taken_over_and_only_the_rest_is_opened():
    one, two = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    first = open_inbound(listening(one), {})
    second = open_inbound(listening(two, one), first)
    assert list(second) == [two, one]
    assert second[one] == first[one]
    close(second)


def test_two_gateways_never_share_an_address():
    config = listening(f"127.0.0.1:{free_port()}")
    opened = open_inbound(config, {})
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
            open_inbound(listening(free, f"127.0.0.1:{taken}"), {})
    close(open_inbound(listening(free), {}))


@pytest.mark.parametrize("form", ["unix:{path}", "[::1]:{port}", ":{port}", "localhost:{port}"])
def test_every_form_of_address_can_be_opened(tmp_path: Path, form: str):
    if form.startswith("[") and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    address = form.format(path=tmp_path / "socket", port=free_port())
    close(open_inbound(listening(address), {}))
