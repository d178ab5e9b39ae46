"""What the demo prints."""

import json
import shlex
from urllib.parse import urlsplit

import pytest

from tests.house.sources import ROOT
from trigate.cli.demo.greeting import chat_command, greeting, service_command, tool_command
from trigate.cli.demo.plan import Plan
from trigate.config.discovery import FoundProvider

PLAN = Plan(8080, 8081, "tg-demo-of-this-test", "tg-demo-of-the-provider")
COMMANDS = [service_command(PLAN), chat_command(PLAN), tool_command(PLAN)]


def words(command: str) -> list[str]:
    return shlex.split(command)


def headers(command: str) -> dict[str, str]:
    found = words(command)
    pairs = [found[at + 1].partition(": ") for at, word in enumerate(found) if word == "-H"]
    return {name: value for name, _, value in pairs}


def body(command: str) -> dict[str, object]:
    found = words(command)
    return json.loads(found[found.index("-d") + 1])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_line_that_asks_this_gateway_with_this_key(command: str):
    assert "\n" not in command
    assert words(command)[0] == "curl"
    (url,) = [word for word in words(command) if word.startswith("http")]
    assert urlsplit(url).netloc == "127.0.0.1:8080"
    assert headers(command)["authorization"] == "Bearer tg-demo-of-this-test"


def test_the_chat_is_streamed_as_it_comes_and_asks_the_demos_model():
    assert "-N" in words(COMMANDS[1])
    assert (body(COMMANDS[1])["model"], body(COMMANDS[1])["stream"]) == ("demo", True)


def test_the_tools_call_says_in_its_head_what_its_body_says():
    said, message = headers(COMMANDS[2]), body(COMMANDS[2])
    params = message["params"]
    assert isinstance(params, dict)
    assert (said["mcp-method"], said["mcp-name"]) == (message["method"], params["name"])
    assert said["mcp-protocol-version"] == params["_meta"]["io.modelcontextprotocol/protocolVersion"]


def test_the_whole_text_holds_the_commands_and_how_an_sdk_is_pointed_here():
    text = greeting(PLAN, "/tmp/demo/trigate.yaml")
    assert [line for line in text.splitlines() if line.startswith("curl")] == COMMANDS
    assert 'OpenAI(base_url="http://127.0.0.1:8080/v1", api_key="tg-demo-of-this-test")' in text
    assert "/tmp/demo/trigate.yaml" in text
    assert PLAN.provider_key not in text


def test_notes_and_found_providers_are_told():
    found = FoundProvider("openai", "OPENAI_API_KEY")
    plan = Plan(45001, 45002, PLAN.key, PLAN.provider_key, (found,), ("port 8080 is taken",))
    text = greeting(plan, "trigate.yaml")
    assert text.startswith("\nport 8080 is taken\nTrigate serves on http://127.0.0.1:45001, ")
    assert "Found $OPENAI_API_KEY: callers may also ask for openai/MODEL" in text
    assert [service_command(plan), chat_command(plan), tool_command(plan)] == [
        each.replace("8080", "45001") for each in COMMANDS
    ]


def test_the_readme_shows_exactly_what_is_printed():
    key = "tg-demo-5d1f0c2ab4e7968301fa4c6d"
    printed = greeting(Plan(8080, 8081, key, PLAN.provider_key), "/tmp/trigate-demo-k3v0q9xw/trigate.yaml")
    assert f"```text\n{printed.strip()}\n```\n" in (ROOT / "README.md").read_text(encoding="utf-8")
