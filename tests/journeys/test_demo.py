"""`trigate demo` as somebody meets it: started, its three commands pasted, ended, nothing left."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from tests.journeys.conftest import START_SECONDS, STOP_SECONDS
from tests.patience import PATIENCE

OTHERS = re.compile(r"[A-Z0-9]+_API_KEY|.*_PROXY", re.IGNORECASE)
CANARY = "sk-canary-0123456789abcdef"


class Demo:
    """A running `trigate demo` on ports of its own."""

    def __init__(self, folder: Path, curl: str, variables: dict[str, str]) -> None:
        self.folder = folder
        self.curl = curl
        self._out, self._err = folder / "out", folder / "err"
        environment = {name: value for name, value in os.environ.items() if not OTHERS.fullmatch(name)}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "trigate"), "demo", "--port", "0"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**environment, "TMPDIR": str(folder), **variables},
            )

    @property
    def printed(self) -> str:
        return self._out.read_text()

    @property
    def log(self) -> str:
        return self._err.read_text()

    @property
    def commands(self) -> list[str]:
        return [line for line in self.printed.splitlines() if line.startswith("curl ")]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.printed.splitlines() if line.startswith("{")]

    @property
    def key(self) -> str:
        return re.findall(r"^Key of this run: (\S+)$", self.printed, re.MULTILINE)[0]

    @property
    def url(self) -> str:
        return re.findall(r"^Trigate serves on (http://\S+),", self.printed, re.MULTILINE)[0]

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait for something, a bounded time."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"it did not happen within {seconds} s:\n{self.printed}\n{self.log}"
            time.sleep(0.02)

    def tools(self) -> list[psutil.Process]:
        """The demo's tool server, once it runs: it is started last, when callers are served already."""
        return [each for each in self.family() if "trigate.cli.demo.tools" in each.cmdline()]

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log
        return "Ctrl-C ends the demo" in self.printed

    def paste(self, command: str) -> str:
        """Run a command in a shell, exactly as it was printed."""
        path = os.pathsep.join([str(Path(self.curl).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "PATH": path, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def family(self) -> list[psutil.Process]:
        """The demo and every process it started, directly or not."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    @property
    def left(self) -> list[str]:
        """Folders of a demo that are still there."""
        return [path.name for path in self.folder.glob("trigate-demo-*")]


@pytest.fixture
def demo(tmp_path: Path, program: Callable[[str], str]) -> Iterator[Callable[..., Demo]]:
    """`demo(NAME=value)` starts one with these variables in its environment."""
    running: list[Demo] = []

    def start(**variables: str) -> Demo:
        running.append(Demo(tmp_path, program("curl"), variables))
        running[-1].until(running[-1].ready, START_SECONDS)
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(STOP_SECONDS)


def gone(family: list[psutil.Process]) -> bool:
    return not any(is_alive(each) for each in family)


def is_alive(process: psutil.Process) -> bool:
    """A zombie has ended; whoever started it has not looked yet."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def texts(stream: str) -> str:
    """The words of a streamed chat completion."""
    events = [line.removeprefix("data: ") for line in stream.splitlines() if line]
    assert events[-1] == "[DONE]"
    choices = [msgspec.json.decode(each)["choices"] for each in events[:-1]]
    return "".join(choice[0]["delta"].get("content", "") for choice in choices if choice)


def try_all(running: Demo) -> None:
    """Paste the three commands and look at what they answer."""
    service, chat, tool = running.commands
    assert msgspec.json.decode(running.paste(service)) == {"message": "hello", "name": "world"}
    assert "Say hello." in texts(running.paste(chat))
    assert msgspec.json.decode(running.paste(tool))["result"]["structuredContent"] == {"sum": 5}


def test_the_three_commands_work_as_printed_and_leave_a_record_each(demo: Callable[..., Demo]):
    running = demo()
    try_all(running)
    running.until(lambda: len(running.records) >= 3)
    records = running.records
    assert [each["lane"] for each in records] == ["api", "llm", "mcp"]
    assert {each["key"] for each in records} == {"demo"}
    assert {each["outcome"] for each in records} == {"ok"}
    assert [each["resource"] for each in records] == ["route/hello", "model/demo", "server/demo/tool/add"]
    assert running.end(signal.SIGINT) == 0
    assert len(running.records) == 3
    assert running.key not in running.log + "".join(map(str, records))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_outlives_it(demo: Callable[..., Demo], number: signal.Signals):
    running = demo()
    running.until(running.tools)
    family = running.family()
    assert running.end(number) == 0
    running.until(lambda: gone(family))
    assert running.left == []


def test_no_process_outlives_its_violent_end(demo: Callable[..., Demo]):
    running = demo()
    family = running.family()
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    running.until(lambda: gone(family))


def test_its_upstreams_come_back_when_their_process_dies(demo: Callable[..., Demo]):
    running = demo()
    running.until(running.tools)
    (tools,) = running.tools()
    control = next(each for each in tools.parents() if each.ppid() == running.process.pid)
    control.kill()
    running.until(lambda: gone([control]))
    try_all(running)
    assert running.end(signal.SIGTERM) == 0


def test_a_real_providers_key_adds_its_models_and_the_commands_stay_on_this_machine(demo: Callable[..., Demo]):
    # A proxy that refuses every connection: whoever wanted to leave the machine would fail.
    running = demo(OPENAI_API_KEY=CANARY, HTTPS_PROXY="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")
    assert "Found $OPENAI_API_KEY: callers may also ask for openai/MODEL" in running.printed
    try_all(running)
    running.until(lambda: len(running.records) >= 3)
    assert [each["target"] for each in running.records][1] == "demo/demo-chat"
    ask = running.commands[1].replace('"model": "demo", "stream": true', '"model": "openai/gpt-5.2"')
    refused = msgspec.json.decode(running.paste(ask))
    assert refused["error"]["code"].startswith("upstream.")
    assert running.end(signal.SIGTERM) == 0
    assert CANARY not in running.printed + running.log


def test_a_changed_configuration_is_taken_over_and_its_upstreams_stay(demo: Callable[..., Demo]):
    running = demo()
    path = Path(re.findall(r"^The configuration is (\S+);", running.printed, re.MULTILINE)[0])
    path.write_text(
        path.read_text().replace("    hello: {", "    hi: {").replace("path: /hello }", "path: /hi }, rewrite: /hello")
    )
    running.until(lambda: running.log.count(" ready ") == 2)
    hi = running.commands[0].replace("/hello", "/hi")
    assert msgspec.json.decode(running.paste(hi)) == {"message": "hello", "name": "world"}
    assert running.end(signal.SIGTERM) == 0


def test_an_sdk_is_told_how_to_get_here(demo: Callable[..., Demo]):
    from openai import OpenAI

    running = demo()
    line = next(line for line in running.printed.splitlines() if "OpenAI(" in line)
    base_url, key, model = re.findall(r'"([^"]+)"', line)
    assert (base_url, key) == (f"{running.url}/v1", running.key)
    with OpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=PATIENCE) as client:
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Say hello."}])
        assert {each.id for each in client.models.list()} == {"demo", "demo-embedding"}
    assert "Say hello." in (answer.choices[0].message.content or "")
