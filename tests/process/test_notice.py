"""What a service manager is told, and that its absence harms nothing."""

import socket
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from trigate.process.notice import notify, notify_reloading


def test_a_service_manager_hears_what_it_wants_to_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        notify("READY=1", "MAINPID=1")
        assert manager.recv(100) == b"READY=1\nMAINPID=1"
        notify_reloading()
        assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0trigate-test-notice")
        manager.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", "@trigate-test-notice")
        notify("STOPPING=1")
        assert manager.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "nonsense", "/nowhere/notify"])
def test_without_one_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")
