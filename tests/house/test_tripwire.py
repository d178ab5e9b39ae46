"""The tripwire itself works, or its silence would mean nothing."""

import asyncio
import socket

import pytest

from tests import tripwire

ELSEWHERE = ("192.0.2.1", 9)
"""An address of the block reserved for documentation (RFC 5737)."""


def test_a_socket_that_leaves_the_machine_is_refused_and_noted():
    with socket.socket() as each, pytest.raises(ConnectionRefusedError, match="never leave"):
        each.connect(ELSEWHERE)
    assert tripwire.tripped.pop() == f"socket.connect {ELSEWHERE}"


async def test_a_connection_of_the_event_loop_is_noted_too():
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*ELSEWHERE)
    assert tripwire.tripped.pop() == f"socket.connect {ELSEWHERE}"


@pytest.mark.parametrize(
    ("address", "leaves"),
    [
        (("127.0.0.1", 80), False),
        (("127.8.8.8", 80), False),
        (("::1", 80, 0, 0), False),
        (("::ffff:127.0.0.1", 80, 0, 0), False),
        ("/tmp/some.socket", False),
        (("10.0.0.1", 80), True),
        (("169.254.169.254", 80), True),
        (("::ffff:10.0.0.1", 80, 0, 0), True),
        (("fe80::1%eth0", 80, 0, 2), True),
    ],
)
def test_only_loopback_is_this_machine(address: object, leaves: bool):
    assert tripwire.leaves_the_machine(address) is leaves
