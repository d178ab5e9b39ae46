"""The program inside of a sandbox: a port that leads to a socket, and a command's exit status."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.ports import free_port
from trigate.mcp import bridge


@pytest.mark.parametrize(("source", "status"), [("", 0), ("raise SystemExit(7)", 7)])
def test_the_status_is_that_of_the_command(source: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "PORT", free_port())
    assert bridge.main([str(tmp_path / "none"), "--", sys.executable, "-c", source]) == status


def test_a_signal_is_told_as_shells_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "PORT", free_port())
    source = "import os; os.kill(os.getpid(), 9)"
    assert bridge.main([str(tmp_path / "none"), "--", sys.executable, "-c", source]) == 137


def test_the_command_finds_the_proxy_in_its_environment():
    assert bridge.surroundings()["HTTPS_PROXY"] == f"http://127.0.0.1:{bridge.PORT}"


def test_a_connection_to_the_port_is_one_to_the_socket(tmp_path: Path):
    path = str(tmp_path / "gate")
    with socket.create_server(("127.0.0.1", 0)) as near, socket.socket(socket.AF_UNIX) as far:
        far.bind(path)
        far.listen()
        threading.Thread(target=bridge.accept, args=(near, path), daemon=True).start()
        with socket.create_connection(near.getsockname(), timeout=PATIENCE) as caller:
            there, _ = far.accept()
            with there:
                caller.sendall(b"question")
                caller.shutdown(socket.SHUT_WR)
                assert there.recv(100) == b"question"
                assert there.recv(100) == b""
                there.sendall(b"answer")
            assert caller.recv(100) == b"answer"
            assert caller.recv(100) == b""


def test_a_socket_that_is_gone_ends_the_connection(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as near:
        threading.Thread(target=bridge.accept, args=(near, str(tmp_path / "none")), daemon=True).start()
        with socket.create_connection(near.getsockname(), timeout=PATIENCE) as caller:
            assert caller.recv(100) == b""
