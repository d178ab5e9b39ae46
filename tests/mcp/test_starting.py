"""Starting a command: what is made for it is gone when it cannot be started."""

from pathlib import Path

import pytest

from trigate.core.deadlines import Deadlines
from trigate.mcp.fault import ServerFailed
from trigate.mcp.guardian import Guardian
from trigate.mcp.sandboxes.bubblewrap import Bubblewrap
from trigate.mcp.settings import Server
from trigate.mcp.starting import Starter
from trigate.outbound.settings import DnsSettings, EgressSettings


async def test_nothing_is_left_of_a_start_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", "/nonexistent")
    notes: list[tuple[str, str]] = []
    starter = Starter(
        Guardian(), Deadlines(), lambda name, line: notes.append((name, line)), EgressSettings(), DnsSettings()
    )
    server = Server(command=("x", "--secret"), sandbox=Bubblewrap(hosts=("a.example",)))
    with pytest.raises(ServerFailed, match="its command cannot be started: SandboxFailed"):
        await starter.start("s", server)
    assert list(tmp_path.iterdir()) == []
    assert "install bubblewrap" in notes[0][1]
    assert "--secret" not in notes[0][1]
