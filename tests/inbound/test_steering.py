"""Steering: offered where the kernel can, harmless where it cannot."""

import socket
import sys

import pytest

from tests.patience import PATIENCE
from trigate.inbound.steering import steer


def test_a_unix_socket_is_not_steered():
    with socket.socket(socket.AF_UNIX) as unix:
        assert not steer(unix, 2)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="steering is a thing of Linux")
def test_a_socket_that_cannot_be_steered_says_so_and_one_that_can_does():
    with socket.socket() as alone:
        alone.bind(("127.0.0.1", 0))
        alone.listen()
        assert not steer(alone, 2)
    with socket.socket() as shared:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(("127.0.0.1", 0))
        shared.listen()
        assert steer(shared, 1)
        socket.create_connection(shared.getsockname(), timeout=PATIENCE).close()
