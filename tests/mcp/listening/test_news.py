"""News of servers are read and told."""

import json

import pytest
from msgspec import Raw

from trigate.mcp.listening.news import News, covers, note, read_news
from trigate.mcp.message import Message


def said(method: str, params: bytes = b"{}") -> News | None:
    return read_news("git", Message(method=method, params=Raw(params)))


def test_a_changed_list_and_an_updated_resource_are_news():
    assert said("notifications/tools/list_changed") == News("git", "tools")
    assert said("notifications/resources/updated", b'{"uri":"a:b"}') == News("git", uri="a:b")


@pytest.mark.parametrize("params", [b"{}", b'{"uri":7}', b'{"uri":""}', b"[", b'{"uri":"' + b"x" * 9000 + b'"}'])
def test_an_update_of_nothing_that_can_be_named_is_none(params: bytes):
    assert said("notifications/resources/updated", params) is None
    assert said("notifications/message", params) is None


def test_news_are_told_under_the_callers_name_and_its_subscription():
    assert json.loads(note(News("git", "tools"))) == {
        "jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {}
    }  # fmt: skip
    told = json.loads(note(News("git", uri="a:b"), "mine:b", b'"s"'))
    assert told["params"] == {"uri": "mine:b", "_meta": {"io.modelcontextprotocol/subscriptionId": "s"}}


@pytest.mark.parametrize(
    ("subscribed", "uri", "does"),
    [("a:/b", "a:/b", True), ("a:/b", "a:/b/c", True), ("a:/b/", "a:/b/c", True), ("a:/b", "a:/b#c", True),
     ("a:/b", "a:/bc", False), ("a:/b/c", "a:/b", False)],
)  # fmt: skip
def test_parts_of_a_resource_are_covered_and_neighbours_are_not(subscribed: str, uri: str, does: bool):
    assert covers(subscribed, uri) is does
