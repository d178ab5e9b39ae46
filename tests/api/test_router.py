"""Which route a request takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.api.router import REMEMBERED, Router
from trigate.api.settings import Route, RouteMatch
from trigate.core.errors import MethodNotAllowed
from trigate.core.request import Request


def _router(**matches: RouteMatch) -> Router:
    routes = {name: Route(targets=("http://127.0.0.1:9",), match=match) for name, match in matches.items()}
    return Router(routes, dict.fromkeys(routes))


def _request(
    path: bytes = b"/", method: bytes = b"GET", host: bytes = b"a.example", query: bytes = b"", **fields: bytes
) -> Request:
    named = {name.encode(): value for name, value in fields.items()}
    return Request(method, path, path, query, host, list(named.items()), named)


def _found(router: Router, request: Request) -> str | None:
    candidate = router.find(request, request.path)
    return candidate.name if candidate else None


def test_the_most_specific_path_wins_whatever_the_order_in_the_file() -> None:
    router = _router(
        all=RouteMatch(path="/*"),
        item=RouteMatch(path="/orders/{id}"),
        new=RouteMatch(path="/orders/new"),
        orders=RouteMatch(path="/orders/*"),
    )
    found = [_found(router, _request(path)) for path in (b"/orders/new", b"/orders/7", b"/orders/7/x", b"/other")]
    assert found == ["new", "item", "orders", "all"]


def test_an_exact_host_beats_a_wildcard_beats_any() -> None:
    router = _router(
        any=RouteMatch(path="/a"), below=RouteMatch(host="*.example"), exact=RouteMatch(host="shop.example")
    )
    hosts = (b"shop.example", b"shop.example:8080", b"other.example", b"elsewhere.test")
    assert [_found(router, _request(b"/a", host=host)) for host in hosts] == ["exact", "exact", "below", "any"]


def test_a_wildcard_host_does_not_cover_the_bare_domain() -> None:
    assert _found(_router(below=RouteMatch(host="*.example")), _request(host=b"example")) is None


def test_an_ipv6_host_is_matched_without_its_port() -> None:
    assert _found(_router(six=RouteMatch(host="[::1]")), _request(host=b"[::1]:8080")) == "six"


def test_methods_headers_and_query_choose_among_equal_paths() -> None:
    router = _router(
        plain=RouteMatch(path="/a"),
        posts=RouteMatch(path="/a", methods=("POST",)),
        beta=RouteMatch(path="/a", headers={"X-Beta": "1"}, query={"v": "2"}),
    )
    beta = _request(b"/a", query=b"v=2", **{"x-beta": b"1"})
    assert _found(router, _request(b"/a")) == "plain"
    assert _found(router, _request(b"/a", b"POST")) == "posts"
    assert _found(router, beta) == "beta"


def test_any_value_of_a_header_or_parameter_will_do_if_the_rule_says_so() -> None:
    router = _router(any=RouteMatch(headers={"x-tenant": "*"}, query={"page": "*"}))
    assert _found(router, _request(query=b"page=", **{"x-tenant": b"acme"})) == "any"
    assert _found(router, _request(query=b"page=1")) is None


def test_get_includes_head() -> None:
    assert _found(_router(get=RouteMatch(methods=("GET",))), _request(method=b"HEAD")) == "get"


def test_a_wrong_method_says_which_are_right() -> None:
    router = _router(get=RouteMatch(path="/a", methods=("GET",)), put=RouteMatch(path="/a", methods=("PUT",)))
    with pytest.raises(MethodNotAllowed) as refused:
        _found(router, _request(b"/a", b"DELETE"))
    assert refused.value.headers == ((b"allow", b"GET, HEAD, PUT"),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RouteMatch(path="/a"), RouteMatch(path="/a")),
        (RouteMatch(path="/a/{x}"), RouteMatch(path="/a/{y}")),
        (RouteMatch(path="/a/{x}/c"), RouteMatch(path="/{x}/b/c")),
        (RouteMatch(path="/a", methods=("GET", "POST")), RouteMatch(path="/a", methods=("POST",))),
        (RouteMatch(path="/a", headers={"x": "1"}), RouteMatch(path="/a", query={"y": "1"})),
        (RouteMatch(path="/a", headers={"x": "1"}), RouteMatch(path="/a", headers={"x": "*"})),
    ],
)
def test_two_routes_for_the_same_request_are_refused(one: RouteMatch, other: RouteMatch) -> None:
    with pytest.raises(ValueError, match=r"'one' and 'other'|'other' and 'one'"):
        _router(one=one, other=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RouteMatch(path="/a", host="x.example"), RouteMatch(path="/a")),
        (RouteMatch(path="/a", headers={"x": "1"}), RouteMatch(path="/a", headers={"x": "2"})),
        (RouteMatch(path="/a", methods=("GET",)), RouteMatch(path="/a", methods=("POST",))),
        (RouteMatch(path="/a/*"), RouteMatch(path="/a/b/*")),
    ],
)
def test_routes_that_never_meet_or_differ_in_rank_are_accepted(one: RouteMatch, other: RouteMatch) -> None:
    _router(one=one, other=other)


@given(st.lists(st.integers(0, 3 * REMEMBERED), max_size=50))
def test_memory_of_paths_is_bounded_and_changes_nothing(numbers: list[int]) -> None:
    router = _router(odd=RouteMatch(path="/odd/*"), rest=RouteMatch(path="/*"))
    for number in numbers:
        path = b"/odd/%d" % number if number % 2 else b"/even/%d" % number
        assert _found(router, _request(path)) == ("odd" if number % 2 else "rest")


def test_many_different_paths_do_not_grow_the_router() -> None:
    router = _router(rest=RouteMatch(path="/*"))
    for number in range(REMEMBERED + 10):
        _found(router, _request(b"/%d" % number))
    assert len(router._remembered) <= REMEMBERED  # pyright: ignore[reportPrivateUsage]
