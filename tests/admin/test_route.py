"""How the admin API finds what an address does."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.admin.operator import Operator
from trigate.admin.route import Ask, Route, Router, read_query
from trigate.core.errors import BadRequest, MethodNotAllowed, NotFound


async def nothing(ask: Ask) -> None:
    return None


ROUTER = Router(
    [
        Route("GET", "/v1/keys", "viewer", nothing),
        Route("GET", "/v1/keys/{name}", "viewer", nothing),
        Route("DELETE", "/v1/keys/{name}", "editor", nothing),
        Route("POST", "/v1/keys/{name}/rotate", "editor", nothing),
    ]
)


def test_a_parameter_is_one_part_of_the_path_unescaped() -> None:
    route, names = ROUTER.find("POST", "/v1/keys/a%2Fb%20c/rotate")
    assert (route.pattern, names) == ("/v1/keys/{name}/rotate", {"name": "a/b c"})


@pytest.mark.parametrize(
    "path", ["/v1/key", "/v1/keys/a%00b", "/v1/keys/", "/v1/keys/a/b", "/v1/keys/a/rotate/", "/v1/keysX", "/"]
)
def test_other_paths_are_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.find("GET", path)


def test_another_method_is_told_those_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        ROUTER.find("PUT", "/v1/keys/a")
    assert refused.value.headers == ((b"allow", b"GET, DELETE"),)


@given(st.text(max_size=50))
def test_any_path_is_found_or_refused(path: str) -> None:
    with contextlib.suppress(NotFound, MethodNotAllowed):
        ROUTER.find("GET", path)


@pytest.mark.parametrize("query", ["after=%00", "&".join(f"a{number}=1" for number in range(40))])
def test_a_query_that_no_store_takes_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        read_query(query)


def test_a_parameter_that_comes_twice_is_refused() -> None:
    assert read_query("a=1&b=") == {"a": "1", "b": ""}
    with pytest.raises(BadRequest):
        read_query("a=1&a=2")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"a": 1}', b"\xff", b'"x"', b"[" * 100_000])
def test_a_body_of_another_form_is_refused(body: bytes) -> None:
    ask = Ask(Operator("o", "admin"), {}, {}, body)
    with pytest.raises(BadRequest):
        ask.read(dict[str, str])
