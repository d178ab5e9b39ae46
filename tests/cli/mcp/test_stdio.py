"""`trigate mcp stdio`: which address is meant."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.ports import free_port
from trigate.cli.main import main
from trigate.cli.mcp.stdio import address
from trigate.core.errors import BadConfig


def test_an_endpoint_or_an_address_is_meant():
    assert address("", "http://a:1/") == "http://a:1/mcp"
    assert address("dev", "http://a:1") == "http://a:1/mcp/dev"
    assert address("https://b/mcp", "http://a:1") == "https://b/mcp"
    for wrong in ("ftp://a/mcp", "http:///mcp"):
        with pytest.raises(BadConfig):
            address(wrong, "http://a:1")


def test_a_gateway_that_is_not_there_is_told_as_an_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    said = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=[b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n']))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=said))
    assert main(["mcp", "stdio", "--gateway", f"http://127.0.0.1:{free_port()}"]) == 0
    assert b'"id":7,"error":{"code": -32000' in said.getvalue()
