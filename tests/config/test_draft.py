"""The first file is one that the gateway accepts."""

import json
import re
from pathlib import Path

import pytest

from trigate.config.config import Config
from trigate.config.discovery import Discovery, FoundProvider, Ollama, known_variables
from trigate.config.draft import write_draft
from trigate.config.load import load_text
from trigate.config.server_list import FoundServer, ServerList, read_server_list
from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.access import Access

ALL = tuple(FoundProvider(name, variable) for name, variable in {n: v for v, n in known_variables().items()}.items())
OLLAMA = Ollama("http://127.0.0.1:11434/v1", ("llama3.2:latest", "qwen3:8b"))
SERVERS = ServerList(
    ".mcp.json",
    (
        FoundServer("git", command=("uvx", "mcp-server-git", "a: b # c", "$${x}"), env={"KEY": "${KEY}"}, cwd="/tmp"),
        FoundServer("off", url="https://x/mcp", headers={"Authorization": "Bearer ${TOKEN}"}),
    ),
    ("KEY", "TOKEN"),
    ("old: speaks HTTP+SSE\nand more",),
)


def read(text: str) -> Config:
    names = re.findall(r"\$\{([A-Z0-9_]+)\}", text)
    return load_text(text, "trigate.yaml", {name: f"value-of-{name}-long" for name in names})


@pytest.mark.parametrize("providers", [(), ALL[:1], ALL])
@pytest.mark.parametrize("ollama", [None, OLLAMA, Ollama("http://[::1]:1/v1", ())])
@pytest.mark.parametrize("servers", [ServerList(), SERVERS])
def test_every_draft_is_accepted(providers: tuple[FoundProvider, ...], ollama: Ollama | None, servers: ServerList):
    config = read(write_draft(Discovery(providers, ollama, servers)))
    assert list(config.policy.keys) == ["default"]
    assert (config.llm is not None) == bool(providers or ollama)
    assert (config.mcp is not None) == bool(servers.servers)


def test_what_was_found_is_what_is_configured():
    config = read(write_draft(Discovery(ALL, OLLAMA, SERVERS)))
    assert config.llm is not None
    assert list(config.llm.providers) == [*(each.name for each in ALL), "ollama"]
    assert list(config.llm.models) == list(OLLAMA.models)
    assert config.mcp is not None
    assert config.mcp.servers["git"].command == ("uvx", "mcp-server-git", "a: b # c", "${x}")
    assert config.mcp.servers["off"].headers["Authorization"].reveal() == "Bearer value-of-TOKEN-long"


def test_the_examples_in_comments_are_accepted_too():
    text = write_draft(Discovery((), None, ServerList()))
    lines = text.splitlines()
    live = [re.sub(r"^# ?(?=(api|llm|mcp):|  )", "", line) for line in lines]
    config = read("\n".join(live))
    assert config.api is not None
    assert config.llm is not None
    assert config.mcp is not None


def test_a_real_list_of_servers_is_accepted(tmp_path: Path):
    path = tmp_path / ".mcp.json"
    entry = {"command": "x", "args": ["--key", '"quoted" \n', "é"], "env": {"A": "1"}}
    path.write_text(json.dumps({"mcpServers": {"a __b": entry}}))
    assert read(write_draft(Discovery((), None, read_server_list(path)))).mcp is not None


def test_the_key_of_the_file_may_use_everything_and_a_further_one_nothing():
    policy = read(write_draft(Discovery(ALL, OLLAMA, SERVERS))).policy
    access, lanes = Access(policy.access, policy.access_default), frozenset(policy.keys["default"].lanes)
    for action in (
        Action("llm.chat", "model/smart"),
        Action("mcp.tools.call", "server/git/tool/push"),
        Action("api.request", "route/orders"),
    ):
        assert access.allows(Principal("default", lanes), action)
        assert not access.allows(Principal("second", lanes), action)
