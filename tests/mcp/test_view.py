"""What an endpoint shows, and how shown names lead back to their server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.fault import Fault
from trigate.mcp.settings import Endpoint, McpSettings, Server
from trigate.mcp.view import View, views

names = st.from_regex(r"[A-Za-z0-9_-]{0,10}[A-Za-z0-9-]", fullmatch=True).filter(lambda name: "__" not in name)


@given(servers=st.lists(names, min_size=1, max_size=4, unique=True), tool=st.text(min_size=1, max_size=20))
def test_every_shown_name_leads_back_and_no_two_are_the_same(servers: list[str], tool: str):
    view = View("", servers)
    shown = [view.expose(server, tool) for server in servers]
    assert len(set(shown)) == len(shown)
    assert [view.owner(name, "tool") for name in shown] == [(server, tool) for server in servers]


@given(first=names, second=names, tools=st.tuples(st.text(min_size=1), st.text(min_size=1)))
def test_names_of_different_things_never_clash(first: str, second: str, tools: tuple[str, str]):
    view = View("", [first, second])
    same = (first, tools[0]) == (second, tools[1])
    assert (view.expose(first, tools[0]) == view.expose(second, tools[1])) is same


@pytest.mark.parametrize(
    ("allow", "deny", "shown"),
    [
        ((), (), True),
        (("git/push",), (), True),
        (("git/*",), (), True),
        (("*/push",), (), True),
        (("server/git/tool/*",), (), True),
        (("server/git/prompt/*",), (), False),
        (("git/pus",), (), False),
        (("gi/push",), (), False),
        ((), ("git/push",), False),
        (("git/*",), ("*/pu*",), False),
        ((), ("git/push.",), True),
        (("git",), (), True),
    ],
)
def test_globs_decide(allow: tuple[str, ...], deny: tuple[str, ...], shown: bool):
    view = View("e", ("git",), Endpoint(servers=("git",), allow=allow, deny=deny))
    for _ in range(2):
        assert view.shows("git", "tool", "push") is shown


def test_what_is_remembered_of_callers_names_is_bounded():
    view = View("e", ("git",), Endpoint(servers=("git",), deny=("git/x",)))
    for number in range(10_000):
        view.shows("git", "tool", str(number))
    assert len(view._known) <= 4096
    view._known.clear()
    for letter in "ab":
        assert view.shows("git", "tool", letter * 1000)
    assert view._known == {}
    assert not View("e", ("git",), Endpoint(servers=("git",), deny=("git/a*",))).shows("git", "tool", "a" * 1000)


def test_a_glob_of_many_stars_is_decided_in_no_time():
    view = View("e", ("git",), Endpoint(servers=("git",), allow=("git/" + "*a" * 12 + "*b",)))
    assert not view.shows("git", "resource", "a" * 8192)
    assert view.shows("git", "resource", "a" * 8192 + "/b")


@pytest.mark.parametrize("name", ["", "git", "git__", "__x", "other__x", "git_x"])
def test_a_name_that_leads_nowhere_is_refused(name: str):
    with pytest.raises(Fault, match="unknown tool"):
        View("", ("git",)).owner(name, "tool")


def test_the_first_view_shows_every_server():
    settings = McpSettings(servers={"a": Server(url="http://a"), "b": Server(url="http://b")},
                           endpoints={"e": Endpoint(servers=("b",), prefix=False)})  # fmt: skip
    every, scoped = views(settings)
    assert (every.route, every.servers, every.expose("a", "x")) == ("mcp", ("a", "b"), "a__x")
    assert (scoped.route, scoped.servers, scoped.expose("b", "x")) == ("mcp/e", ("b",), "x")
    assert views(McpSettings())[0].servers == ()
