"""What a command in bubblewrap sees and may do, asked of the command itself."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mcp.sandboxes.walled import PYTHON
from tests.mcp.test_host_gate import upstream
from tests.mcp.test_stdio_host import Stage, commands, until
from trigate.core.settings import Secret, Size
from trigate.mcp import bridge
from trigate.mcp.process_limit import ProcessLimits
from trigate.mcp.sandbox import Program, SandboxFailed
from trigate.mcp.sandboxes.bubblewrap import Bubblewrap
from trigate.mcp.settings import Server

OWN = tuple({os.path.realpath(sys.base_prefix), sys.prefix})
"""Where the Python of these tests lies."""


def walled(sandbox: Bubblewrap, **more: Any) -> Server:
    return Server(command=(sys.executable, "-c", PYTHON), sandbox=sandbox, **more)


async def said(stage: Stage, what: str, given: Any = None) -> Any:
    answer = (await stage.gate.modern("tools/call", {"name": f"s__{what}", "arguments": {"given": given}})).json
    assert "result" in answer, (answer, stage.notes)
    return answer["result"]["said"]


async def test_files_are_there_only_if_they_are_listed(tmp_path: Path):
    folders = {name: tmp_path / name for name in ("read", "write", "other")}
    for folder in folders.values():
        folder.mkdir()
        (folder / "file").write_text("content")
    sandbox = Bubblewrap(read=(*OWN, str(folders["read"])), write=(str(folders["write"]),))
    async with commands(s=walled(sandbox)) as stage:
        assert await said(stage, "read", str(folders["read"] / "file")) == "content"
        assert await said(stage, "write", str(folders["read"] / "file")) == "failed: OSError"
        assert await said(stage, "write", str(folders["write"] / "file")) == 7
        assert await said(stage, "read", str(folders["other"] / "file")) == "failed: FileNotFoundError"
        assert await said(stage, "write", "/new") == "failed: OSError"
        assert await said(stage, "write", "/usr/new") == "failed: OSError"
        assert await said(stage, "write", "/tmp/written-inside") == 7
        assert "shadow" not in await said(stage, "list", "/etc")
        assert await said(stage, "list", "/home/sandbox") == []
    assert (folders["write"] / "file").read_text() == "written"
    assert (folders["read"] / "file").read_text() == "content"
    assert not Path("/tmp/written-inside").exists()


async def test_there_is_no_network_no_other_process_and_no_privilege():
    async with upstream() as (port, heads):
        async with commands(s=walled(Bubblewrap(read=OWN), env={"TOKEN": Secret("own")})) as stage:
            assert (await said(stage, "connect", f"127.0.0.1:{port}")).startswith("failed")
            assert [each for each in await said(stage, "list", "/proc") if each.isdigit()] == ["1", "2"]
            status = dict(line.split(":\t", 1) for line in (await said(stage, "status")).splitlines() if ":\t" in line)
            assert (status["NoNewPrivs"], int(status["CapEff"], 16)) == ("1", 0)
            environment = await said(stage, "environment")
            assert (environment["HOME"], environment["TOKEN"]) == ("/home/sandbox", "own")
            assert set(environment) <= {"HOME", "TOKEN", "PATH", "LANG", "LC_CTYPE", "PWD"}
        assert heads == []


async def test_a_listed_host_is_reached_through_the_gateway_and_no_other():
    async with upstream() as (port, heads):
        sandbox = Bubblewrap(read=OWN, hosts=(f"127.0.0.1:{port}",))
        async with commands(s=walled(sandbox)) as stage:
            assert await said(stage, "fetch", f"http://127.0.0.1:{port}/page") == "hello"
            assert await said(stage, "fetch", "http://169.254.169.254/latest") == "failed: HTTPError"
            assert (await said(stage, "connect", f"127.0.0.1:{port}")).startswith("failed")
            assert ("s", "wanted to connect to 169.254.169.254:80: which is not among its `hosts`") in stage.notes
        assert len(heads) == 1
        assert heads[0].startswith(b"GET /page HTTP/1.1\r\n")


async def test_bounds_hold_inside():
    limits = ProcessLimits(open_files=50, processes=100)
    async with commands(s=walled(Bubblewrap(read=OWN, limits=limits))) as stage:
        bounds = await said(stage, "read", "/proc/self/limits")
        assert "Max open files            50" in bounds
        assert "Max processes             100" in bounds


async def test_nothing_is_left_of_a_sandbox_with_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with commands(s=walled(Bubblewrap(read=OWN, hosts=("a.example",)))) as stage:
        assert await said(stage, "list", "/home/sandbox") == []
        assert len(list(tmp_path.iterdir())) == 1
    await until(lambda: not list(tmp_path.iterdir()))


def test_the_command_line_is_this():
    sandbox = Bubblewrap(read=("/srv/data/public",), write=("/srv/data",), hosts=("a.example",), scratch=Size(4096))
    launch = sandbox.launch(Program("s", ("/usr/bin/x", "--y"), {"A": Secret("canary")}, "", "/tmp/f"))
    words = list(launch.words)
    assert words[0] == shutil.which("bwrap")
    assert words[1:9] == [
        "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--cap-drop", "ALL", "--hostname",
        "sandbox",
    ]  # fmt: skip
    text = " ".join(words)
    assert "--bind /srv/data /srv/data --ro-bind /srv/data/public /srv/data/public" in text
    assert "--size 4096 --tmpfs /tmp --size 4096 --tmpfs /home/sandbox" in text
    assert f"--ro-bind {bridge.__file__} /run/trigate/bridge.py --ro-bind /tmp/f/gate /run/trigate/gate" in text
    assert "--remount-ro / --chdir /srv/data --" in text
    assert words[words.index("--") + 2 :] == [
        "-I", "-S", "/run/trigate/bridge.py", "/run/trigate/gate", "--", "/usr/bin/x", "--y",
    ]  # fmt: skip
    assert "canary" not in text
    assert launch.environment["A"] == "canary"
    assert (launch.gate, launch.hosts) == ("/tmp/f/gate", ("a.example",))


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxFailed, match="install bubblewrap"):
        Bubblewrap().launch(Program("s", ("x",), {}, "", ""))


@pytest.mark.parametrize(
    "wrong", [{"read": ("data",)}, {"write": ("/srv/../etc",)}, {"write": ("//",)}, {"hosts": ("https://a",)}]
)
def test_what_would_be_no_wall_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=r"absolute|whole machine|not a host"):
        Bubblewrap(**wrong)
