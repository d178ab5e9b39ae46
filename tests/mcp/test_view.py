"""What an endpoint shows, and how shown names lead back to their server."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trigate.mcp.fault import Fault
from trigate.mcp.naming import is_coded
from trigate.mcp.settings import Endpoint, McpSettings, Server
from trigate.mcp.shape import Shape
from trigate.mcp.tool_settings import Tool
from trigate.mcp.view import View, views

names = st.from_regex(r"[A-Za-z0-9_-]{0,10}[A-Za-z0-9-]", fullmatch=True).filter(lambda name: "__" not in name)


@given(servers=st.lists(names, min_size=1, max_size=4, unique=True), tool=st.text(min_size=1, max_size=80))
def test_every_shown_name_leads_back_or_to_the_servers_list(servers: list[str], tool: str):
    view = View("", servers)
    for server in servers:
        shown = view.expose(server, tool)
        assert len(shown) <= 64
        assert view.owner(shown, "tool") == (server, "" if is_coded(shown) else tool)


@given(first=names, second=names, tools=st.tuples(st.text(min_size=1), st.text(min_size=1)))
def test_names_of_different_things_never_clash(first: str, second: str, tools: tuple[str, str]):
    view = View("", [first, second])
    same = (first, tools[0]) == (second, tools[1])
    assert (view.expose(first, tools[0]) == view.expose(second, tools[1])) is same


@given(own=st.text(min_size=1, max_size=70), new=st.from_regex(r"[a-z]{1,64}", fullmatch=True))
def test_a_renamed_tool_takes_nobodys_name(own: str, new: str):
    view = View("", ["git"], None, {("git", own): Shape(Tool(rename=new))})
    assume(own != new)
    assert view.expose("git", own) != view.expose("git", new)
    assert view.expose("git", own) == f"git__{new}" or is_coded(view.expose("git", own))
    if not is_coded(view.expose("git", own)):
        assert view.owner(f"git__{new}", "tool") == ("git", own)
    assert view.expose("git", own, "prompt") == View("", ["git"]).expose("git", own)


def test_two_tools_of_one_new_name_are_refused():
    shapes = {("git", name): Shape(Tool(rename="x")) for name in "ab"}
    with pytest.raises(ValueError, match="'a' and 'b' of server 'git' are both renamed"):
        View("", ["git"], None, shapes)


def test_an_endpoint_shows_what_it_includes_but_for_what_it_denies():
    settings = McpSettings(
        servers={name: Server(url="http://x") for name in "abc"},
        endpoints={
            "whole": Endpoint(servers=("c",), include=("part",), deny=("a/secret",)),
            "part": Endpoint(servers=("a", "b"), allow=("a/*",), tools={"a/x": Tool(rename="y")}),
        },
    )
    _, whole, part = views(settings)
    assert whole.servers == ("c", "a", "b")
    shown = [whole.shows(*each) for each in (("a", "tool", "x"), ("a", "tool", "secret"), ("b", "tool", "x"))]
    assert shown == [True, False, False]
    assert whole.shows("c", "tool", "x")
    assert part.shows("a", "tool", "secret")
    assert whole.expose("a", "x") == part.expose("a", "x") == "a__y"


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
