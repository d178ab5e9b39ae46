"""Commands behind the bus: started, shared, restarted, and ended for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, CAPABLE, begin
from tests.mcp.stage import FakeClient, Gateway, LocalBus, Spool, modern_request, surround, sweeping
from tests.patience import PATIENCE
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret, Size
from trigate.core.surroundings import Surroundings
from trigate.mcp.child import Child
from trigate.mcp.fault import ServerFailed
from trigate.mcp.pool import Pool
from trigate.mcp.settings import McpSettings, Processes, Server, ServerTimeouts
from trigate.mcp.stdio_host import services

DEMO = (sys.executable, "-m", "trigate.cli.demo.tools")


class Stage:
    def __init__(self, gate: Gateway, around: Surroundings, notes: list[tuple[str, str]]) -> None:
        self.gate, self.around, self.notes = gate, around, notes

    def pool(self, name: str) -> Pool:
        return self.around.keep.things[f"mcp.pool.{name}"]  # type: ignore[attr-defined]

    def child(self, name: str) -> Child:
        return self.pool(name).shared

    def every(self, name: str) -> list[Child]:
        pool = self.pool(name)
        return [pool.shared, *pool._held.values(), *pool._spare]

    def pid(self, name: str) -> int:
        process = self.child(name)._process
        assert process is not None
        return process.pid


@asynccontextmanager
async def commands(**servers: Server) -> AsyncIterator[Stage]:
    bus, spool, notes = LocalBus(), Spool(), []
    around = surround(spool, bus)
    settings = McpSettings(servers=servers)
    bus.services = dict(services(settings, around, lambda name, line: notes.append((name, line))))
    async with sweeping(around.deadlines):
        stage = Stage(Gateway(settings, FakeClient(), around, spool), around, notes)
        try:
            yield stage
        finally:
            for name in servers:
                stage.pool(name).drain()
            await until(lambda: not any(each.is_running for name in servers for each in stage.every(name)))


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def command(source: str, **more: Any) -> Server:
    return Server(command=(sys.executable, "-c", source), **more)


@pytest.mark.parametrize("era", ["auto", "legacy", "modern"])
@pytest.mark.parametrize("caller", ["legacy", "modern"])
async def test_a_tool_of_a_command_is_called(caller: str, era: Any):
    async with commands(demo=Server(command=DEMO, era=era)) as stage:
        params = {"name": "demo__add", "arguments": {"a": 2, "b": 3}}
        if caller == "modern":
            answer = await stage.gate.modern("tools/call", params)
        else:
            answer = await stage.gate.legacy(await stage.gate.initialize(), "tools/call", params)
        assert answer.json["result"]["structuredContent"] == {"sum": 5}


ASKS = """
import json, sys
calls, declared = {}, {}
def say(message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        declared = message["params"]["capabilities"]
        info = {"name": "s", "version": "1"}
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
        say({"id": message["id"], "result": result})
    elif message.get("method") == "tools/call":
        if "elicitation" in declared:
            question = {"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}}
            calls[f"q{message['id']}"] = message["id"]
            say({"id": f"q{message['id']}", "method": "elicitation/create", "params": question})
        else:
            say({"id": message["id"], "result": {"content": [], "said": None}})
    elif "method" not in message:
        said = message.get("result", message.get("error"))
        say({"id": calls.pop(message["id"]), "result": {"content": [], "said": said}})
    elif "id" in message:
        say({"id": message["id"], "error": {"code": -32601, "message": "no"}})
"""


@pytest.mark.parametrize("caller", ["legacy", "modern"])
async def test_a_command_asks_who_can_be_asked_and_nobody_else(caller: str):
    async with commands(s=command(ASKS)) as stage:
        gate, params = stage.gate, {"name": "s__x"}
        if caller == "modern":
            assert (await gate.modern("tools/call", params)).json["result"]["said"] is None
            asked = [await gate.modern("tools/call", params, meta=CAPABLE) for _ in range(2)]
            for each in asked:  # each in a process of its own from the second call on, since it is known to ask
                result = each.json["result"]
                given = {key: ACCEPTED for key in result["inputRequests"]}
                more = {"inputResponses": given, "requestState": result["requestState"]}
                done = await gate.modern("tools/call", {**params, **more}, meta=CAPABLE)
                assert done.json["result"]["said"] == ACCEPTED
            assert len(stage.every("s")) == 3
        else:
            assert (await gate.legacy(await gate.initialize(), "tools/call", params)).json["result"]["said"] is None
            session = await gate.initialize(can=ALL)
            for _ in range(2):
                talk = begin(gate, session, "tools/call", params)
                await talk.reply((await talk.next())["id"], ACCEPTED)
                assert (await talk.end()).events[-1]["result"]["said"] == ACCEPTED
            assert len(stage.every("s")) == 2


DEAF = """
import json, sys, os, time
known = os.environ["KNOWN"]
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        info = {"name": "s", "version": "1"}
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
    elif "id" not in message:
        continue
    elif message.get("method") == "tools/call" and not os.path.exists(known):
        open(known, "w").close()
        while True:
            time.sleep(60)
    else:
        result = {"content": []}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


async def test_a_command_that_reads_no_more_is_ended_and_started_again(tmp_path: Path):
    timeouts = ServerTimeouts(write=Duration(0.3))
    server = command(DEAF, era="legacy", timeouts=timeouts, env={"KNOWN": Secret(str(tmp_path / "known"))})
    async with commands(s=server) as stage:
        params = {"name": "s__x", "arguments": {"text": "x" * 200_000}}
        calls = [asyncio.ensure_future(stage.gate.modern("tools/call", params)) for _ in range(3)]
        for each in calls:
            answer = await each
            assert "it has not read its input for 0.3 s, and was ended" in answer.body.decode()
        assert not stage.child("s")._requests

        async def answered() -> bool:
            return "result" in (await stage.gate.modern("tools/call", params)).json

        async with asyncio.timeout(PATIENCE):
            while not await answered():  # it is started again after a pause
                await asyncio.sleep(0.1)


async def test_a_command_that_dies_is_started_again_after_a_pause():
    async with commands(demo=Server(command=DEMO)) as stage:
        params = {"name": "demo__add", "arguments": {"a": 2, "b": 3}}
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        first = stage.pid("demo")
        os.kill(first, signal.SIGKILL)
        await until(lambda: stage.child("demo")._process is None)
        refused = (await stage.gate.modern("tools/call", params)).json["error"]
        assert "server 'demo': it ended with status -9" in refused["message"]
        stage.child("demo")._start.failed = None
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        assert stage.pid("demo") != first


SLOW = """
import json, sys, time
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        info = {"name": "s", "version": "1"}
        result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
    elif message.get("method") == "tools/call":
        what = message["params"]["name"]
        if what == "crash":
            sys.exit(7)
        if what == "ask":
            print(json.dumps({"jsonrpc": "2.0", "id": 5, "method": "sampling/createMessage", "params": {}}), flush=True)
            answer = json.loads(sys.stdin.readline())
            result = {"content": [], "said": answer["error"]["code"]}
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
        if what == "garbage":
            print("not json", flush=True)
            sys.stderr.write("careful\\x1b[31m\\n" * 500)
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"content": []}}), flush=True)
        if what == "huge":
            print("x" * 200000, flush=True)
    elif message.get("method") == "notifications/cancelled":
        sys.stderr.write("cancelled %s\\n" % message["params"]["requestId"])
        sys.stderr.flush()
    elif "id" in message and message.get("method") != "server/discover":
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": []}}), flush=True)
"""
QUICK = ServerTimeouts(probe=Duration(0.2))


def slow(**more: Any) -> Server:
    return command(SLOW, timeouts=QUICK, **more)


async def test_a_command_that_leaves_the_probe_unanswered_is_asked_in_the_older_protocol():
    async with commands(old=slow()) as stage:
        assert (await stage.gate.modern("tools/call", {"name": "old__ask"})).json["result"]["said"] == -32601


@pytest.mark.parametrize("late", [0.0, 0.5])
async def test_a_command_that_refuses_the_probe_is_asked_in_the_older_protocol(late: float):
    refusal = """
    elif message.get("method") == "server/discover":
        time.sleep(LATE)
        error = {"code": -32601, "message": "no"}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}), flush=True)
    elif message.get("method") == "tools/call":"""
    source = SLOW.replace('\n    elif message.get("method") == "tools/call":', refusal.replace("LATE", str(late)))
    async with commands(old=command(source, timeouts=QUICK)) as stage:
        assert (await stage.gate.modern("tools/call", {"name": "old__ask"})).json["result"]["said"] == -32601


async def test_a_slow_command_may_answer_the_probe_late():
    source = "import time, runpy; time.sleep(0.6); runpy.run_module('trigate.cli.demo.tools', run_name='__main__')"
    async with commands(demo=command(source, timeouts=QUICK)) as stage:
        answer = await stage.gate.modern("tools/call", {"name": "demo__add", "arguments": {"a": 1, "b": 1}})
        assert answer.json["result"]["structuredContent"] == {"sum": 2}
        assert stage.child("demo")._greeting.era == "modern"  # type: ignore[union-attr]


async def test_a_command_that_dies_during_a_call_fails_that_call():
    async with commands(old=slow()) as stage:
        error = (await stage.gate.modern("tools/call", {"name": "old__crash"})).json["error"]
        assert error["message"] == "server 'old': it ended with status 7"


async def test_garbage_on_the_output_is_noted_and_the_noise_on_the_errors_is_bounded():
    async with commands(old=slow()) as stage:
        assert "result" in (await stage.gate.modern("tools/call", {"name": "old__garbage"})).json
        await until(lambda: sum("careful" in line for _, line in stage.notes) >= 50)
        lines = [line for _, line in stage.notes]
        assert any("no JSON-RPC message" in line for line in lines)
        assert sum("careful" in line for line in lines) <= 100
        assert not any("\x1b" in line for line in lines)


async def test_a_message_that_is_too_long_ends_the_command():
    async with commands(old=slow(max_message=Size(65536))) as stage:
        error = (await stage.gate.modern("tools/call", {"name": "old__huge"})).json["error"]
        assert "it ended with status" in error["message"]
        assert any("longer than 65536" in line for _, line in stage.notes)


@pytest.mark.parametrize("era", ["auto", "modern"])
async def test_a_caller_that_leaves_cancels_at_the_command(era: str):
    async with commands(old=slow()) as stage:
        await stage.gate.modern("tools/call", {"name": "old__ask"})  # from now on its tools are known
        headers, body = modern_request("tools/call", {"name": "old__wait"})
        task, _ = stage.gate.begin("POST", "/mcp", [(k.encode(), v.encode()) for k, v in headers.items()], body)
        await until(lambda: stage.child("old")._requests and stage.child("old")._greeting is not None)
        (request,) = stage.child("old")._requests.values()
        task.cancel()
        await until(lambda: ("old", f"cancelled {request.id}") in stage.notes)
        assert not stage.child("old")._requests


async def test_progress_of_calls_side_by_side_reaches_each_caller():
    async with commands(demo=Server(command=DEMO)) as stage:
        session = await stage.gate.initialize()

        async def count(words: int) -> list[Any]:
            params = {
                "name": "demo__count_words",
                "arguments": {"text": "w " * words},
                "_meta": {"progressToken": words},
            }
            return (await stage.gate.legacy(session, "tools/call", params, id=words)).events

        async with asyncio.TaskGroup() as group:
            tasks = {words: group.create_task(count(words)) for words in (3, 5, 8)}
        for words, task in tasks.items():
            *notes, response = task.result()
            assert [each["params"]["progress"] for each in notes] == list(range(1, words + 1))
            assert {each["params"]["progressToken"] for each in notes} == {words}
            assert response["result"]["content"][0]["text"] == f"{words} words"


async def test_a_command_sees_only_its_own_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CANARY_SECRET", "canary")
    source = (
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    m = json.loads(line)\n"
        "    r = {'supportedVersions': ['2026-07-28'], 'capabilities': {}, 'content': [], 'env': dict(os.environ)}\n"
        "    print(json.dumps({'jsonrpc': '2.0', 'id': m.get('id'), 'result': r}), flush=True)\n"
    )
    async with commands(env=command(source, env={"TOKEN": Secret("own")})) as stage:
        environment = (await stage.gate.modern("tools/call", {"name": "env__x"})).json["result"]["env"]
        assert environment["TOKEN"] == "own"
        assert set(environment) <= {"PATH", "HOME", "LANG", "TOKEN", "LC_CTYPE"}


async def test_a_command_that_cannot_be_started_is_told_without_its_path():
    async with commands(bad=Server(command=("/nonexistent/program", "--secret"))) as stage:
        error = (await stage.gate.modern("tools/call", {"name": "bad__x"})).json["error"]
        assert error["message"].startswith("server 'bad': its command cannot be started")
        assert "nonexistent" not in error["message"]
        assert "/nonexistent/program" in stage.notes[0][1]
        assert "--secret" not in stage.notes[0][1]


async def test_a_command_that_ignores_its_end_is_killed_with_all_it_started(tmp_path: Path):
    file = tmp_path / "grandchild"
    source = f"""
import signal, subprocess, sys, runpy
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
open({str(file)!r}, "w").write(str(child.pid))
runpy.run_module("trigate.cli.demo.tools", run_name="__main__")
"""
    async with commands(demo=command(source)) as stage:
        await stage.gate.modern("tools/call", {"name": "demo__add", "arguments": {"a": 1, "b": 1}})
        pid, grandchild = stage.pid("demo"), int(file.read_text())
        assert alive(grandchild)
    assert not alive(pid)
    await until(lambda: not alive(grandchild))


HOLDER = """
import asyncio, sys
from tests.mcp.stage import LocalBus, Spool, surround
from trigate.mcp.settings import McpSettings, Processes, Server, ServerTimeouts
from trigate.mcp.stdio_host import services

async def main():
    around = surround(Spool())
    source = "import sys, time, signal\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    source += "import subprocess\\nc = subprocess.Popen(['sleep', '60'])\\n"
    source += "print(c.pid, file=sys.stderr, flush=True)\\ntime.sleep(60)"
    server = Server(command=(sys.executable, "-c", source), start="eager")
    services(McpSettings(servers={"s": server}), around, lambda name, line: print(line, flush=True))
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_nothing_outlives_the_kill_of_the_process_that_runs_the_commands():
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert holder.stdout is not None
    async with asyncio.timeout(PATIENCE):
        started = (await holder.stdout.readline()).decode()
        child = int(started.rsplit(" ", 1)[1])
        grandchild = int(await holder.stdout.readline())
    assert alive(child)
    assert alive(grandchild)
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await until(lambda: not alive(child) and not alive(grandchild))


async def test_a_command_starts_with_the_gateway_if_it_is_eager():
    async with commands(demo=Server(command=DEMO, start="eager")) as stage:
        await until(lambda: stage.child("demo")._greeting is not None)


async def test_callers_have_processes_of_their_own_where_that_is_said():
    source = SLOW.replace(
        'if what == "garbage":',
        'if what == "who":\n            import os\n'
        '            result = {"content": [], "said": os.getpid()}\n'
        '            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)\n'
        '        if what == "garbage":',
    )
    async with commands(old=command(source, timeouts=QUICK, processes=Processes(per="session"))) as stage:

        async def who(session: str = "") -> int:
            call = {"name": "old__who"}
            gate = stage.gate
            answer = await (gate.legacy(session, "tools/call", call) if session else gate.modern("tools/call", call))
            return answer.json["result"]["said"]

        first, second = await stage.gate.initialize(), await stage.gate.initialize()
        pids = [await who(first), await who(second), await who()]
        assert len(set(pids)) == 3
        assert [await who(first), await who(second), await who()] == pids
        stage.gate.principal = Principal("other", frozenset({"mcp"}))
        assert await who() not in pids


async def test_a_command_that_keeps_dying_is_told_as_such():
    async with commands(bad=command("raise SystemExit(3)")) as stage:
        child = stage.child("bad")
        for _ in range(3):
            child._start.failed = None
            with pytest.raises(ServerFailed, match="it ended with status 3"):
                await child.greeting()
            await until(lambda: not child.is_running)
        assert any(line.startswith("it ended with status 3, 3 times in a row") for _, line in stage.notes)


async def test_a_command_that_is_idle_ends_and_is_started_again():
    async with commands(demo=Server(command=DEMO, processes=Processes(idle=Duration(60)))) as stage:
        params = {"name": "demo__add", "arguments": {"a": 2, "b": 3}}
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        first, child = stage.pid("demo"), stage.child("demo")
        child.used -= 61
        stage.pool("demo").expire()
        await until(lambda: not child.is_running)
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        assert stage.pid("demo") != first
