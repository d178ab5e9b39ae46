"""The gateway's own file with more servers in it."""

from pathlib import Path

import pytest

from trigate.cli.change.configuration import server_names, unset, with_servers
from trigate.config.problem import InvalidConfig
from trigate.config.server_list import FoundServer
from trigate.core.errors import BadConfig


def test_a_file_that_would_not_check_is_refused(tmp_path: Path):
    path = tmp_path / "trigate.yaml"
    path.write_text("llm: {}\n")
    with pytest.raises(InvalidConfig, match="http://"):
        with_servers(path, [FoundServer("a", url="nowhere")], [])


def test_variables_that_are_still_to_be_set_do_not_keep_it_from_checking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("NOT_YET", raising=False)
    monkeypatch.delenv("NOR_THIS", raising=False)
    monkeypatch.setenv("SET", "x")
    path = tmp_path / "trigate.yaml"
    path.write_text("mcp: { servers: { b: { url: 'http://x', headers: { k: '${NOR_THIS}' } } } }\n")
    assert server_names(path) == {"b"}
    found = with_servers(path, [FoundServer("a", command=("x",), env={"A": "${NOT_YET}"})], ["NOT_YET", "SET"])
    assert "${NOT_YET}" in found.after
    assert unset(["NOT_YET", "SET", "NOT_YET"]) == ["NOT_YET"]


def test_names_are_those_of_the_file(tmp_path: Path):
    path = tmp_path / "trigate.yaml"
    with pytest.raises(BadConfig, match="trigate init"):
        server_names(path)
    path.write_text("{}\n")
    assert server_names(path) == set()
    path.write_text("mcp: { servers: { a: { url: 'http://x' } } }\n")
    assert server_names(path) == {"a"}
