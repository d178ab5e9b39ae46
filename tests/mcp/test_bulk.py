"""Results that are too large are refused or cut, and say so."""

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mcp.servers import ERAS, FakeServer, ModernServer
from tests.mcp.stage import gateway
from trigate.core.settings import Size
from trigate.mcp.bulk import _cut, _shorter
from trigate.mcp.care_settings import Results
from trigate.mcp.settings import Server
from trigate.mcp.tool_settings import Tool

CALL: dict[str, Any] = {"name": "git__echo", "arguments": {}}
SMALL = Results(max=Size(2048), beyond="truncate")


def text(size: int) -> dict[str, Any]:
    return {"type": "text", "text": "é" * size}


def settings(results: Results, **more: Any) -> Server:
    return Server(url="http://git/mcp", results=results, **more)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("beyond", ["refuse", "truncate"])
async def test_a_result_that_is_too_large(era: str, beyond: Literal["refuse", "truncate"]):
    server: FakeServer = ERAS[era](settings=settings(Results(max=Size(2048), beyond=beyond)))
    async with gateway({"git": server}) as gate:
        for _ in range(4):
            server.result = {"content": [text(10)]}
            assert (await gate.modern("tools/call", CALL)).json["result"]["content"] == [text(10)]
            server.result = {"content": [text(100), text(5000), text(1)], "structuredContent": {"x": "y" * 3000}}
            answer = await gate.modern("tools/call", CALL)
            if beyond == "refuse":
                assert "2048 are allowed" in answer.json["error"]["message"]
                assert gate.records[-1]["outcome"] == "mcp.result_too_large"
                continue
            assert len(json.dumps(answer.json["result"], ensure_ascii=False).encode()) <= 2400
            content = answer.json["result"]["content"]
            assert content[0] == text(100)
            assert set(content[1]["text"]) == {"é"}
            assert "cut by the gateway" in content[-1]["text"]
            assert answer.json["result"]["_meta"]["io.trigate/truncated"]["bytes"] > 8000
            assert "structuredContent" not in answer.json["result"]


async def test_a_tool_may_be_allowed_less_or_more_than_its_server():
    own = Tool(results=Results(max=Size(1024)))
    server = ModernServer(settings=settings(SMALL, tools={"echo": own}))
    async with gateway({"git": server}) as gate:
        server.result = {"content": [text(800)]}
        assert "1024 are allowed" in (await gate.modern("tools/call", CALL)).json["error"]["message"]
    server = ModernServer(settings=settings(SMALL, tools={"echo": Tool(results=Results(max=Size(9000)))}))
    async with gateway({"git": server}) as gate:
        server.result = {"content": [text(1000)]}
        assert (await gate.modern("tools/call", CALL)).json["result"]["content"] == [text(1000)]


async def test_a_resource_is_cut_too():
    class Large(ModernServer):
        def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
            if method == "resources/read":
                return {"contents": [{"uri": params["uri"], "text": "x" * 9000}]}
            return super().list_or_call(method, params)

    async with gateway({"git": Large(settings=settings(SMALL))}) as gate:
        result = (await gate.modern("resources/read", {"uri": "file:///a"})).json["result"]
        assert 100 < len(result["contents"][0]["text"]) < 2048
        assert "io.trigate/truncated" in result["_meta"]


@given(st.text(min_size=1), st.integers(0, 500))
def test_a_text_is_shortened_by_what_it_must(content: str, excess: int):
    block = {"type": "text", "text": content}
    found = _shorter(block, excess)
    if found is not None:
        assert content.startswith(found["text"])
        assert len(json.dumps(found)) <= len(json.dumps(block))


@pytest.mark.parametrize("block", [5, {}, {"type": "image", "data": "x" * 900}, {"text": 5, "x": "y" * 900}])
def test_what_is_no_text_is_left_out(block: Any):
    assert _cut([block, {"type": "text", "text": "behind"}], 1) == []
