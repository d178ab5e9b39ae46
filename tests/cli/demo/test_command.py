"""`trigate demo` up to the point where the gateway runs; the rest is a journey."""

import os
import signal
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trigate.cli.main import main
from trigate.config.load import load


class Seen:
    """What the demo had ready when it started its gateway."""

    def __init__(self) -> None:
        self.path = Path()
        self.modes: list[int] = []
        self.key = ""
        self.leave: Callable[[], None] = lambda: None

    def run_gateway(self, path: str, build: Any, offer: Any, announce: Callable[[], None]) -> int:
        self.path = Path(path)
        self.modes = [stat.S_IMODE(each.stat().st_mode) for each in (self.path, self.path.parent)]
        self.key = load(path).policy.keys["demo"].secret.reveal()
        announce()
        self.leave()
        return 0


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Seen:
    found = Seen()
    monkeypatch.setattr("trigate.process.gateway.run_gateway", found.run_gateway)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return found


def test_its_files_are_for_their_owner_alone_and_go_with_it(seen: Seen, capsys: pytest.CaptureFixture[str]):
    assert main(["demo", "--port", "0"]) == 0
    assert seen.modes == [0o600, 0o700]
    assert not seen.path.parent.exists()
    printed = capsys.readouterr().out
    assert f"Key of this run: {seen.key}\n" in printed
    assert str(seen.path) in printed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_early_ends_it_clean(seen: Seen, number: signal.Signals):
    seen.leave = lambda: os.kill(os.getpid(), number)
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--port", "0"])
    assert ended.value.code in {128 + number, 128 + signal.SIGTERM}
    assert not seen.path.parent.exists()
    assert signal.getsignal(number) is signal.SIG_DFL


def test_who_asked_not_to_be_ended_with_the_terminal_is_not(seen: Seen):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    seen.leave = lambda: os.kill(os.getpid(), signal.SIGHUP)
    try:
        assert main(["demo", "--port", "0"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "8080.5", ""])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as refused:
        main(["demo", f"--port={port}"])
    assert refused.value.code == 2
    assert "is not a port" in capsys.readouterr().err
