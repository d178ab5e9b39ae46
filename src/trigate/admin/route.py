"""One address of the admin API: its method, its path, who may use it, and what it does."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Struct

from trigate.admin.operator import Operator
from trigate.admin.settings import Role
from trigate.core.errors import BadRequest, MethodNotAllowed, NotFound

T = TypeVar("T")


class Ask(Struct, frozen=True):
    """What an operator asks for."""

    operator: Operator
    names: Mapping[str, str]
    """The path's parameters, unescaped."""
    query: Mapping[str, str]
    body: bytes

    def read(self, form: type[T]) -> T:
        """The body as `form`; raises BadRequest."""
        try:
            return msgspec.json.decode(self.body or b"{}", type=form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(f"the body is not what is expected here: {error}") from None


class Made(Struct, frozen=True):
    """An answer that something was made, 201 in place of 200."""

    body: Any


Serve = Callable[[Ask], Awaitable[Any]]
"""Gives what the answer's JSON body is made of; None for 204, a text for text/plain."""


class Route(Struct, frozen=True):
    """A method and a path pattern such as `/v1/keys/{name}`, and the least role that may use it."""

    method: str
    pattern: str
    role: Role
    serve: Serve


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._compiled = [(re.compile(_expression(route.pattern)), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the path's parameters; raises NotFound or MethodNotAllowed."""
        allowed = list[str]()
        for expression, route in self._compiled:
            found = expression.fullmatch(path)
            if found is None or "\0" in unquote(path):  # no text in PostgreSQL holds a NUL, so nothing is called so
                continue
            if route.method == method:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
            allowed.append(route.method)
        if allowed:
            methods = ", ".join(allowed)
            raise MethodNotAllowed(f"use {methods} here", headers=((b"allow", methods.encode()),))
        raise NotFound("the admin API has nothing at this address")


def read_query(query: str) -> dict[str, str]:
    """Parameters by name; raises BadRequest if one comes twice."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=32)
    except ValueError:
        raise BadRequest("too many query parameters") from None
    if "\0" in unquote(query):  # which no text in PostgreSQL can hold
        raise BadRequest("a query parameter holds a NUL")
    if len({name for name, _ in pairs}) < len(pairs):
        raise BadRequest("a query parameter comes twice")
    return dict(pairs)


def _expression(pattern: str) -> str:
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
