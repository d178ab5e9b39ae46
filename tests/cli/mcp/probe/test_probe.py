"""Servers reached by a command; what was started for it has ended afterwards."""

import sys
from pathlib import Path

import pytest
from msgspec import Raw

from tests.mcp.test_stdio_host import alive
from trigate.cli.mcp.probe.probe import probing, text_of
from trigate.config.config import Config
from trigate.core.errors import BadConfig, UpstreamFailed
from trigate.core.settings import Duration
from trigate.mcp.settings import McpSettings, Server, ServerTimeouts

DEMO = Server(command=(sys.executable, "-m", "trigate.cli.demo.tools"), start="eager")


def configured(**servers: Server) -> Config:
    return Config(mcp=McpSettings(servers=servers))


async def test_a_server_is_greeted_listed_and_called_and_then_ended():
    async with probing(configured(demo=DEMO, other=DEMO)) as probe:
        report, contact = await probe.look("demo")
        assert report.greeting.era == "modern"
        assert "add" in report.lists["tools"].things
        answer = await probe.call(contact, report, "add", Raw(b'{"a": 2, "b": 3}'))
        assert text_of(answer.result)["structuredContent"] == {"sum": 5}
        assert {"hello", "tools/list", "tools/call"} <= report.seconds.keys()
        started = [line for line in report.said if line.startswith("started ")]
        assert len(started) == 1
        pid = int(started[0].rpartition(" ")[2])
        assert alive(pid)
    assert not alive(pid)


async def test_a_server_that_does_not_answer_is_told_with_the_step(tmp_path: Path):
    quick = ServerTimeouts(greet=Duration(0.5))
    silent = Server(command=(sys.executable, "-c", "import sys; sys.stdin.read()"), timeouts=quick, era="modern")
    async with probing(configured(silent=silent, gone=Server(command=(str(tmp_path / "none"),)))) as probe:
        with pytest.raises(UpstreamFailed) as silence:
            await probe.look("silent")
        assert silence.value.message == "hello: no answer within 0.5 s"
        with pytest.raises(UpstreamFailed) as failure:
            await probe.look("gone")
        assert failure.value.message.startswith("hello: its command cannot be started")
        with pytest.raises(BadConfig, match="no server 'x'"):
            await probe.look("x")
