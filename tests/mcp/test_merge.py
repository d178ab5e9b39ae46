"""Lists of several servers made into one, and what a reader is shown of it."""

from typing import Any

import msgspec
from msgspec import Raw

from trigate.core.action import Action
from trigate.mcp.listing import KINDS, Listing, Thing
from trigate.mcp.merge import Merged, merge, select
from trigate.mcp.view import View

RESOURCES, TOOLS = KINDS["resources/list"], KINDS["tools/list"]


def listing(key: str, *names: str) -> Listing:
    return Listing({name: Thing(name, {key: Raw(msgspec.json.encode(name))}, {}) for name in names}, 0.0)


def uris(merged: Merged, hidden: str = "") -> list[Any]:
    items, _ = select(merged, lambda action: action.resource != hidden)
    return [msgspec.json.decode(each)["uri"] for each in items]


def test_only_what_clashes_for_the_reader_is_told_apart():
    listings = {"a": listing("uri", "x:1", "x:2"), "b": listing("uri", "x:2"), "c": None}
    merged = merge(View("", "abc"), RESOURCES, "2026-07-28", listings)
    assert uris(merged) == ["x:1", "trigate://a/x:2", "trigate://b/x:2"]
    assert uris(merged, "server/b/resource/x:2") == ["x:1", "x:2"]
    assert uris(merged, "server/a/resource/x:2") == ["x:1", "x:2"]


def test_a_server_that_could_not_be_asked_is_named_to_those_who_may_use_it():
    merged = merge(View("", "ac"), TOOLS, "2026-07-28", {"a": listing("name", "t"), "c": None})
    assert select(merged, lambda _: True)[1] == {"io.trigate/unavailable": ["c"]}
    assert select(merged, lambda action: action != Action("mcp.tools.call", "server/c/tool/*"))[1] == {}
