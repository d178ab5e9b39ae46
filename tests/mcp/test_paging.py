"""Lists come in pages whose cursors are good for one caller and one list, whatever changes meanwhile."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.mcp.servers import ModernServer
from tests.mcp.stage import Gateway, gateway
from trigate.core.principal import Principal
from trigate.core.shared import derive_alone
from trigate.mcp.fault import Fault
from trigate.mcp.paging import Paging

ADA = Principal("k", frozenset({"mcp"}), user="ada")


def raws(*names: object) -> list[Raw]:
    return [Raw(str(each).encode()) for each in names]


def walk(paging: Paging, items: list[Raw]) -> list[list[Raw]]:
    pages: list[list[Raw]] = []
    cursor = ""
    while True:
        part, cursor = paging.page(ADA, "", "tools/list", cursor).cut(items)
        pages.append(list(part))
        if not cursor:
            return pages


@given(st.integers(0, 40), st.integers(1, 12))
def test_all_pages_together_are_the_list(count: int, size: int):
    items = raws(*range(count))
    pages = walk(Paging(derive_alone, size), items)
    assert [each for page in pages for each in page] == items
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages) == max(1, -(-count // size))


def test_a_page_goes_on_behind_the_last_thing_wherever_that_is_now():
    paging = Paging(derive_alone, 2)
    _, cursor = paging.page(ADA, "", "tools/list").cut(raws("a", "b", "c", "d"))
    again = paging.page(ADA, "", "tools/list", cursor)
    assert list(again.cut(raws("new", "a", "b", "c"))[0]) == raws("c")
    assert list(again.cut(raws("b", "c", "d"))[0]) == raws("c", "d")
    assert list(again.cut(raws("x", "y", "z"))[0]) == raws("z")
    assert list(again.cut([])[0]) == []


def test_a_cursor_is_good_for_its_caller_and_list_alone():
    paging = Paging(derive_alone, 1)
    items = raws("a", "b", "c")
    _, cursor = paging.page(ADA, "", "tools/list").cut(items)
    eve = Principal("k", frozenset({"mcp"}), user="eve")
    for principal, endpoint, method, text in (
        (eve, "", "tools/list", cursor), (None, "", "tools/list", cursor), (ADA, "own", "tools/list", cursor),
        (ADA, "", "prompts/list", cursor), (ADA, "", "tools/list", cursor[:-1]), (ADA, "", "tools/list", cursor + "A"),
        (ADA, "", "tools/list", "B" + cursor[1:]), (ADA, "", "tools/list", "x" * 10_000), (ADA, "", "tools/list", "ä"),
    ):  # fmt: skip
        with pytest.raises(Fault, match="not given out"):
            paging.page(principal, endpoint, method, text).cut(items)


@given(st.text(min_size=1))
def test_no_other_text_is_a_cursor(text: str):
    with pytest.raises(Fault):
        Paging(derive_alone, 1).page(ADA, "", "tools/list", text).cut(raws("a", "b"))


async def every(gate: Gateway, era: str) -> list[list[str]]:
    """The names on each page."""
    session = await gate.initialize() if era == "legacy" else None
    pages: list[list[str]] = []
    params: dict[str, Any] = {}
    while True:
        answer = await (
            gate.modern("tools/list", params) if session is None else gate.legacy(session, "tools/list", params)
        )
        result = answer.json["result"]
        pages.append([each["name"] for each in result["tools"]])
        if "nextCursor" not in result:
            return pages
        params = {"cursor": result["nextCursor"]}


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_callers_of_either_era_turn_the_pages_of_a_merged_list(era: str):
    tools = [{"name": f"t{number}", "inputSchema": {"type": "object"}} for number in range(3)]
    async with gateway({"a": ModernServer(tools=tools), "b": ModernServer(tools=tools)}, page=4) as gate:
        assert await every(gate, era) == [["a__t0", "a__t1", "a__t2", "b__t0"], ["b__t1", "b__t2"]]
        refused = (await gate.modern("tools/list", {"cursor": "made-up"})).json["error"]
        assert refused["code"] == -32602
