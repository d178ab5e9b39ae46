"""Ten tool servers, most of which fail in a way of their own: each is told as such, and the others go on."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Gateway
from tests.journeys.stage import eventually
from tests.journeys.test_listening import Caller
from tests.mcp.stage import modern_request
from tests.patience import PATIENCE
from tests.ports import free_port

SERVER = """
import json, os, sys, time

fault = sys.argv[1]
TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("act", "echo")]

def write(text):
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()

def say(**members):
    write(json.dumps({"jsonrpc": "2.0", **members}))

def act(id, token):
    content = [{"type": "text", "text": "acted"}]
    if fault == "dies":
        os._exit(3)
    if fault == "hangs":
        return
    if fault == "floods":
        for number in range(20_000):
            say(method="notifications/message", params={"level": "info", "data": number})
            say(method="notifications/tools/list_changed")
            say(method="notifications/progress", params={"progressToken": token, "progress": number})
    if fault == "babbles":
        write("hello\\n{\\n[]\\n7\\n" + '{"jsonrpc":"2.0","id":99,"result":{}}\\n{"jsonrpc":"1.0"}')
    if fault == "breaks":
        write('{"jsonrpc":"2.0","id":%d,"result":{"content":[' % id)
        return
    if fault == "bursts":
        content[0]["text"] = "x" * 17 * 2**20
    say(id=id, result={"content": content})

if fault == "dawdles":
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
for line in sys.stdin:
    message = json.loads(line)
    id, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if fault == "mute":
        continue
    if method == "initialize":
        about = {"protocolVersion": "2025-11-25", "serverInfo": {"name": "s", "version": "1"}}
        say(id=id, result={**about, "capabilities": {"tools": {"listChanged": True}, "logging": {}}})
    elif method == "tools/list":
        say(id=id, result={"tools": TOOLS})
    elif method == "tools/call" and params["name"] == "act":
        act(id, params.get("_meta", {}).get("progressToken"))
    elif method == "tools/call":
        say(id=id, result={"content": [{"type": "text", "text": "echo"}]})
    elif id is not None:
        say(id=id, error={"code": -32601, "message": "no"})
"""
FAULTS = {
    "dies": "mcp.server_failed",
    "hangs": "upstream.timeout",
    "floods": "acted",
    "babbles": "acted",
    "breaks": "upstream.timeout",
    "bursts": "mcp.server_failed",
}
"""What its caller hears: a code, or what the tool says."""
GOOD = ("good", "better")
NEVER = ("mute", "gone")
ERAS = ("legacy", "modern")


def configured(folder: Path) -> str:
    """The good, those that fail in calls, one that is slow to start, and two that never answer."""
    servers: dict[str, dict[str, Any]] = {}
    for name in (*GOOD, *FAULTS, "dawdles", "mute"):
        words = [str(folder / "wake")] if name == "dawdles" else []
        timeouts = {"list": "60s", "greet": "60s"}
        if name in ("hangs", "breaks"):
            timeouts["call"] = "700ms"
        if name in ("dawdles", "mute"):
            timeouts = {"list": "300ms", "greet": "60s" if name == "dawdles" else "1s"}
        servers[name] = {"command": [sys.executable, "-c", SERVER, name, *words], "era": "legacy", "timeouts": timeouts}
    servers["gone"] = {"url": f"http://127.0.0.1:{free_port()}/mcp"}
    return f"mcp: {json.dumps({'servers': servers})}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def running(lasting_gateway: Callable[[str], Gateway], folder: Path) -> Iterator[Gateway]:
    yield lasting_gateway(configured(folder))
    (folder / "wake").touch()


class Agent:
    """A caller of one era."""

    def __init__(self, running: Gateway, era: str) -> None:
        self.running = running
        self.caller = Caller(running) if era == "legacy" else None

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The last message of the answer."""
        if self.caller is not None:
            body = self.caller.post(method, params)[2]
        else:
            fields, sent = modern_request(method, params)
            named = {name.replace("-", "_"): value for name, value in fields.items()}
            body = self.running.ask("POST", "/mcp", sent, **named)[2]
        return json.loads(body.removesuffix(b"\n\n").rpartition(b"data: ")[2])

    async def call(self, tool: str) -> str:
        """What the tool says, or the code of what went wrong."""
        answer = await asyncio.to_thread(self.ask, "tools/call", name=tool, arguments={}, _meta={"progressToken": 1})
        if "error" in answer:
            return answer["error"]["data"]["code"]
        return answer["result"]["content"][0]["text"]

    def owners(self) -> set[str]:
        """The servers whose tools are listed."""
        return {each["name"].partition("__")[0] for each in self.ask("tools/list")["result"]["tools"]}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_server_that_fails_in_a_call_fails_alone_and_can_be_called_again(
    running: Gateway, era: str, fault: str
):
    agent = Agent(running, era)
    calls = [agent.call(f"{fault}__act"), *(agent.call(f"{good}__act") for good in GOOD * 3)]
    said, *others = await asyncio.gather(*calls)
    assert said == FAULTS[fault]
    assert others == ["acted"] * 6

    async with asyncio.timeout(2 * PATIENCE):
        while await agent.call(f"{fault}__echo") != "echo":  # one that has died is started again after a pause
            await asyncio.sleep(0.1)
    outcome = FAULTS[fault] if "." in FAULTS[fault] else "ok"
    running.record(action="mcp.tools.call", resource=f"server/{fault}/tool/act", outcome=outcome)


@pytest.mark.parametrize("era", ERAS)
async def test_those_that_do_not_answer_are_left_out_and_one_that_is_slow_comes_later(
    running: Gateway, folder: Path, era: str
):
    agent = Agent(running, era)
    awake = (folder / "wake").exists()
    owners = await asyncio.to_thread(agent.owners)
    assert {*GOOD, *FAULTS} <= owners
    assert owners.isdisjoint(NEVER)
    for name in NEVER:
        assert await agent.call(f"{name}__act") in {"mcp.server_failed", "upstream.timeout", "upstream.unreachable"}
    if not awake:
        assert "dawdles" not in owners
        (folder / "wake").touch()

    def joined() -> bool:
        return "dawdles" in agent.owners()

    await asyncio.to_thread(running.until, joined, 2 * PATIENCE)
    assert await agent.call("dawdles__act") == "acted"


def test_a_session_outlives_the_gateway_that_began_it(gateway: Callable[[str], Gateway]):
    good = {"command": [sys.executable, "-c", SERVER, "good"], "era": "legacy", "timeouts": {"list": "60s"}}
    running = gateway(f"mcp: {json.dumps({'servers': {'good': good}})}\n")
    caller = Caller(running)
    assert caller.post("ping", {})[0] == 200
    assert running.stop() == 0
    running.start()
    running.until(running.ready)
    # What never changes of a session is sealed in its token, so the next process knows it.
    status, _, body = caller.post("tools/call", {"name": "good__act", "arguments": {}})
    assert (status, json.loads(body)["result"]["content"][0]["text"]) == (200, "acted")


async def test_a_reload_changes_the_lists_and_listeners_hear_of_it(gateway: Callable[[str], Gateway]):
    one = {"command": [sys.executable, "-c", SERVER, "good"], "era": "legacy", "timeouts": {"list": "60s"}}

    def text(*names: str) -> str:
        return f"mcp: {json.dumps({'servers': dict.fromkeys(names, one)})}\n"

    running = gateway(text("good"))
    caller, agent = Caller(running), Agent(running, "modern")
    assert caller.tools() == ["good__act", "good__echo"]
    assert agent.owners() == {"good"}
    stream = caller.listen()
    running.write(text("good", "better"))
    await eventually(lambda: stream.ended, 2 * PATIENCE)
    stream.leave()
    running.until(lambda: agent.owners() == {"good", "better"})
    again = caller.listen(stream.ids[-1] if stream.ids else "")
    running.until(lambda: "tools/list_changed" in again.methods)
    assert len(caller.tools()) == 4
    again.leave()
