"""Ports are free, differ, and are waited for only so long."""

import socket

import pytest

from bench import port


def test_two_calls_never_give_the_same_port() -> None:
    assert len({port.free() for _ in range(50)}) == 50


def test_a_listener_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port.wait(server.getsockname()[1], 1)


def test_waiting_for_nobody_ends() -> None:
    with pytest.raises(TimeoutError, match="nothing listens"):
        port.wait(port.free(), 0.05)
