"""The SDKs for TypeScript of both eras at both ends of the gateway, over every transport they speak."""

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import BIN, NODE_MODULES
from tests.journeys import test_conformance
from tests.journeys.conftest import KEY, Gateway
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until

HERE = Path(__file__).parent / "node"
TRIGATE = str(BIN / "trigate")
PACKAGES = ["client", "server", "node", "sdk"]
STEPS = [
    "tools", "echo", "progress", "cancellation", "long", "errors", "resources", "prompts", "logs", "questions",
]  # fmt: skip
numbers = itertools.count(1)
everything = test_conformance.everything


class Caller(NamedTuple):
    """An SDK, its transport, and how it agrees on a version."""

    sdk: int
    transport: str
    mode: Any = "legacy"


CALLERS = {
    "old-http": Caller(1, "http"),
    "old-sse": Caller(1, "sse"),
    "old-stdio": Caller(1, "stdio"),
    "new-legacy-http": Caller(2, "http"),
    "new-http": Caller(2, "http", {"pin": "2026-07-28"}),
    "new-auto-http": Caller(2, "http", "auto"),
    "new-stdio": Caller(2, "stdio", {"pin": "2026-07-28"}),
}
SERVERS = {
    "old_http": ("mcp_server_1.mjs", False, []),
    "old_stdio": ("mcp_server_1.mjs", True, []),
    "new_http": ("mcp_server_2.mjs", False, ["reject"]),
    "new_stdio": ("mcp_server_2.mjs", True, ["reject"]),
    "dual_http": ("mcp_server_2.mjs", False, []),
    "dual_stdio": ("mcp_server_2.mjs", True, []),
}
"""Program, whether it is a command, and what else it is told."""
ALL = list(itertools.product(CALLERS, SERVERS))
SOME = [
    ("old-http", "old_http"), ("old-sse", "new_stdio"), ("old-stdio", "dual_http"), ("new-legacy-http", "dual_stdio"),
    ("new-http", "old_stdio"), ("new-auto-http", "new_http"), ("new-stdio", "old_http"),
]  # fmt: skip
"""Each caller and each server at least once."""
NAMES = [
    "echo", "steps", "wait", "waits", "long", "fail", "say", "ask_form", "ask_page", "ask_model", "ask_roots", "touch",
    "grow", "shrink",
]  # fmt: skip


@contextmanager
def serving(folder: Path, program: str, words: list[str]) -> Iterator[str]:
    """A server of its own process; its URL."""
    port = free_port()
    with (folder / f"{port}.log").open("wb") as output:
        command = [str(BIN / "node"), str(HERE / program), str(port), *words]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or not refused(port))
        assert process.poll() is None, (folder / f"{port}.log").read_text()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait(PATIENCE)


@contextmanager
def configured(folder: Path, workers: int) -> Iterator[str]:
    """All servers, each at an endpoint of its name, under its own names."""
    with ExitStack() as stack:
        servers = dict[str, Any]()
        for name, (program, is_command, words) in SERVERS.items():
            patient = {"timeouts": {"list": "60s", "greet": "60s"}}
            if is_command:
                servers[name] = {"command": [str(BIN / "node"), str(HERE / program), "stdio", *words], **patient}
            else:
                servers[name] = {"url": stack.enter_context(serving(folder, program, words)), **patient}
        endpoints = {name: {"servers": [name], "prefix": False} for name in SERVERS}
        inbound = {"listen": "127.0.0.1:<port>", "workers": workers}
        yield f"inbound: {json.dumps(inbound)}\nmcp: {json.dumps({'servers': servers, 'endpoints': endpoints})}\n"


@pytest.fixture(scope="module")
def running(
    lasting_gateway: Callable[[str], Gateway], tmp_path_factory: pytest.TempPathFactory, node: Callable[[str], str]
) -> Iterator[Gateway]:
    """A gateway before all servers."""
    for package in PACKAGES:
        node(f"@modelcontextprotocol/{package}")
    with configured(tmp_path_factory.mktemp("servers"), workers=1) as text:
        yield lasting_gateway(text)


@pytest.fixture(scope="module")
def four_workers(
    lasting_gateway: Callable[[str], Gateway], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """The same with four workers."""
    with configured(tmp_path_factory.mktemp("servers"), workers=4) as text:
        yield lasting_gateway(text)


class Traveller:
    """The program that makes journeys."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def use(self, gateway: Gateway, caller: Caller, server: str, steps: list[str], **more: Any) -> dict[str, Any]:
        """What a caller found at a server."""
        path = f"/mcp/{server}/sse" if caller.transport == "sse" else f"/mcp/{server}"
        command = [TRIGATE, "mcp", "stdio", server, "--gateway", gateway.url]
        job = {"id": next(numbers), "url": gateway.url + path, "key": KEY, "command": command, "steps": steps}
        job |= caller._asdict() | more
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the program ended"
        found = json.loads(line)
        assert "error" not in found, f"{found['error']}\n{gateway.log[-4000:]}"
        return found["told"]


@pytest.fixture(scope="module")
def traveller(node: Callable[[str], str]) -> Iterator[Traveller]:
    """One program for all journeys."""
    command = [node("@modelcontextprotocol/client"), str(HERE / "mcp_journey.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Traveller(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def judge(told: dict[str, Any], caller: Caller) -> None:
    """All of it is as the server has it."""
    modern = caller.mode != "legacy"
    assert told["era"] == ("modern" if modern else "legacy")
    assert told["server"] == "trigate"
    annotations = {"readOnlyHint": True}
    kept = ["kept", {"example.com/kept": {"deep": [1, "two"]}}, "Echo", 1, annotations]
    assert told["tools"] == {"names": NAMES, "kept": kept}
    block = {"type": "text", "text": "hé", "annotations": {"audience": ["user"]}}
    block["_meta"] = {"example.com/of-block": True}
    assert told["echo"] == {"content": [block], "structuredContent": {"text": "hé"}, "kept": ["kept", {"kept": 1.5}]}
    seen = [{"progress": step, "total": 3, "message": f"step {step}"} for step in (1, 2, 3)]
    assert told["progress"] == {"text": "done", "seen": seen}
    assert told["cancellation"] == "ended"
    assert told["long"] == [300_000, 1]
    assert told["errors"]["failed"] == [True, "this failed"]
    assert told["errors"]["unknown"] == -32602
    assert told["errors"]["invalid"] is True
    assert told["errors"]["resource"] == (-32602 if modern else -32002)
    assert told["resources"] == {
        "listed": [["wares://note", {"priority": 0.5}]],
        "templates": ["wares://item/{id}"],
        "read": "wares://note",
        "made": '{"id":"7"}',
    }
    assert told["prompts"] == {"listed": ["greet"], "text": "Hello Ada", "completed": ["Ada", "Alan"]}
    assert told["logs"] == [["error", {"loud": True}, "wares"]]
    answers = {"ask_form": "Hello Ada", "ask_page": "page: accept", "ask_model": "model: 4"}
    answers["ask_roots"] = "roots: file:///work"
    assert told["questions"] == answers | {"messages": ["Who are you?", "Open this"]}


def travel(gateway: Gateway, traveller: Traveller, caller: str, server: str) -> None:
    """Use and judge everything."""
    told = traveller.use(gateway, CALLERS[caller], server, STEPS)
    judge(told, CALLERS[caller])
    # A command has a further process for those who can be asked, which keeps in memory what the others do not know.
    mute = SERVERS[server][1]
    changes = traveller.use(gateway, CALLERS[caller], server, ["changes"], mute=mute)["changes"]
    assert changes["uri"] == "wares://note"
    assert changes["text"].startswith("grown fresh_")


@pytest.mark.parametrize(
    ("caller", "server"), [each if each in SOME else pytest.param(*each, marks=pytest.mark.proof) for each in ALL]
)
def test_a_caller_uses_all_that_a_server_has(running: Gateway, traveller: Traveller, caller: str, server: str) -> None:
    travel(running, traveller, caller, server)


@pytest.mark.proof
@pytest.mark.parametrize(("caller", "server"), ALL)
def test_it_does_so_whichever_of_four_workers_serves(
    four_workers: Gateway, traveller: Traveller, caller: str, server: str
) -> None:
    travel(four_workers, traveller, caller, server)


COMMON = {
    "test_simple_text": ({}, "This is a simple text response for testing."),
    "test_error_handling": (
        {},
        "Error executing tool test_error_handling: This tool intentionally returns an error for testing",
    ),
}
OLDER = {
    "test_elicitation": ({"message": "Who?"}, 'User response: action=accept, content={"response":"Ada"}'),
    "test_sampling": ({"prompt": "2 + 2?"}, "LLM response: 4"),
}
NEWER = {
    "test_input_required_result_elicitation": ({}, "Hello, Ada!"),
    "test_input_required_result_sampling": ({}, "Model said: 4"),
    "test_input_required_result_list_roots": ({}, "Client exposed 1 root(s)."),
    "test_input_required_result_multi_round": ({}, "Ada likes Ada."),
}


@pytest.mark.parametrize("caller", ["old-http", "new-http"])
def test_a_caller_uses_the_server_that_the_project_tests_itself_with(
    gateway: Callable[[str], Gateway], everything: str, traveller: Traveller, caller: str
) -> None:
    own = COMMON | (OLDER if CALLERS[caller].mode == "legacy" else NEWER)
    patient = {"url": everything, "timeouts": {"list": "60s", "greet": "60s"}}
    settings = {"servers": {"all": patient}, "endpoints": {"all": {"servers": ["all"], "prefix": False}}}
    started = gateway(f"mcp: {json.dumps(settings)}\n")
    calls = {name: given for name, (given, _) in own.items()}
    told = traveller.use(started, CALLERS[caller], "all", ["everything"], calls=calls)["everything"]
    assert told["texts"] == {name: text for name, (_, text) in own.items()}
    assert told["known"] is True
    assert (told["image"], json.loads(told["read"])["id"], told["seen"]) == ("image", "7", [0, 50, 100])


def test_the_packages_are_those_of_the_lock() -> None:
    locked = json.loads((NODE_MODULES.parent / "package-lock.json").read_text())["packages"]
    for package in PACKAGES:
        place = f"@modelcontextprotocol/{package}"
        installed = json.loads((NODE_MODULES / place / "package.json").read_text())
        assert installed["version"] == locked[f"node_modules/{place}"]["version"]
