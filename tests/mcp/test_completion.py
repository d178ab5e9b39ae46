"""References in completions lead to their server, and are put in its words."""

from typing import Any

import pytest

from tests.mcp.servers import ERAS
from tests.mcp.stage import gateway


@pytest.mark.parametrize("caller", ["modern", "legacy"])
@pytest.mark.parametrize("server", ["modern", "legacy"])
@pytest.mark.parametrize(
    ("ref", "own"),
    [
        ({"type": "ref/prompt", "name": "git__hi", "x": 1}, {"type": "ref/prompt", "name": "hi", "x": 1}),
        ({"type": "ref/resource", "uri": "file:///a"}, {"type": "ref/resource", "uri": "file:///a"}),
    ],
)
async def test_a_completion_goes_to_the_owner(caller: str, server: str, ref: Any, own: Any):
    played = ERAS[server]()
    async with gateway({"git": played}) as gate:
        params = {"ref": ref, "argument": {"name": "a", "value": "b"}}
        session = await gate.initialize() if caller == "legacy" else ""
        for _ in range(2):
            known = gate.legacy(session, "completion/complete", params) if session else None
            answer = await (known or gate.modern("completion/complete", params))
            assert answer.json["result"]["completion"]["values"] == [str(own)]
        assert gate.records[-1]["resource"].startswith("server/git/")


@pytest.mark.parametrize(
    "ref", [None, 5, {}, {"type": "ref/tool", "name": "x"}, {"type": "ref/prompt"}, {"type": "ref/prompt", "name": "x"}]
)
async def test_a_reference_that_leads_nowhere_is_refused(ref: Any):
    async with gateway({"git": ERAS["modern"]()}) as gate:
        answer = await gate.modern("completion/complete", {"ref": ref})
        assert (answer.status, answer.json["error"]["code"]) == (400, -32602)
