"""A Redis server that the tests start, stop, freeze and wipe."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.conftest import SYSTEM_PATH
from tests.patience import PATIENCE


def find() -> str | None:
    """The program, Redis or Valkey."""
    return shutil.which("redis-server", path=SYSTEM_PATH) or shutil.which("valkey-server", path=SYSTEM_PATH)


def install() -> bool:
    """As root on Debian only."""
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    return find() is not None


class Server:
    """One process on a Unix socket, without persistence."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(find()), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, cwd=self.socket.parent, stdout=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not self._listens():
            assert time.monotonic() < until, "redis-server does not start"
            time.sleep(0.01)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            return asking.connect_ex(str(self.socket)) == 0

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self.socket.unlink(missing_ok=True)

    def freeze(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """Let it forget everything."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE)
            asking.connect(str(self.socket))
            asking.sendall(b"FLUSHALL\r\n")
            assert asking.recv(16) == b"+OK\r\n"
