"""Typed access to a JSON object, and clear words for what is wrong in it."""

from typing import Any

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.error import InvalidParameter
from trigate.llm.node import Node, blame_caller, blame_provider

VALUE: dict[str, Any] = {
    "text": "a", "flag": True, "integer": 2.0, "number": 3, "items": [1], "texts": ["b"], "object": {"x": 1},
    "node": {"y": None, "z": 1}, "nodes": [{}, {"z": 1}], "nothing": None, "unknown": [1],
}  # fmt: skip


def test_members_are_taken_and_the_rest_is_left() -> None:
    node = Node(VALUE, blame_caller)
    assert (node.text("text"), node.flag("flag"), node.integer("integer"), node.number("number")) == ("a", True, 2, 3)
    assert (node.items("items"), node.texts("texts"), node.object("object")) == ([1], ["b"], {"x": 1})
    inner = node.node("node")
    assert inner is not None
    assert (inner.text("y", "default"), inner.path) == ("default", "node")
    assert [each.path for each in node.nodes("nodes")] == ["nodes[0]", "nodes[1]"]
    assert node.text("nothing") == ""
    assert node.take("missing") is None
    assert node.rest() == {"unknown": [1]}
    assert "text" in VALUE


def test_nothing_is_the_same_as_null() -> None:
    node = Node(dict.fromkeys("abcdefgh"), blame_caller)
    assert [node.text("a"), node.flag("b"), node.integer("c"), node.number("d")] == ["", None, None, None]
    assert [node.items("e"), node.texts("f"), node.object("g"), node.node("h")] == [[], [], None, None]
    assert node.rest() == {}


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("text", 1), ("need_text", None), ("flag", 1), ("integer", 1.5), ("integer", True), ("number", "1"),
        ("number", False), ("items", {}), ("texts", [1]), ("object", []), ("node", 1), ("nodes", [1]),
    ],
)  # fmt: skip
def test_another_kind_is_refused_by_its_path(method: str, wrong: object) -> None:
    with pytest.raises(InvalidParameter) as caught:
        getattr(Node({"a": wrong}, blame_caller, "messages[1]"), method)("a")
    assert caught.value.param.startswith("messages[1].a")
    assert caught.value.param in caught.value.message


def test_a_body_that_is_no_object_is_refused_by_whom_it_came_from() -> None:
    with pytest.raises(InvalidParameter, match="the body"):
        Node([], blame_caller)
    with pytest.raises(UpstreamProtocolError, match="cannot be understood"):
        Node("x", blame_provider)
