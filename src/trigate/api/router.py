"""From the head of a request to the one route it takes: decided at load time as far as it can be."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from trigate.api.pattern import Pattern, compile_pattern
from trigate.api.settings import Route, RouteMatch
from trigate.core.errors import MethodNotAllowed
from trigate.core.request import Request

REMEMBERED = 4096
"""Host and path pairs whose candidates are remembered; beyond, memory starts anew, so no caller can make it grow."""


class Candidate(NamedTuple):
    """A route as far as host and path have chosen it."""

    name: str
    match: RouteMatch
    pattern: Pattern
    methods: frozenset[bytes]
    headers: tuple[tuple[bytes, bytes], ...]
    query: tuple[tuple[str, str], ...]
    detail: Any

    @property
    def conditions(self) -> int:
        """How many conditions stand beside host and path."""
        return bool(self.methods) + len(self.headers) + len(self.query)


class Router:
    """All routes, the most specific first: host, then path, then number of further conditions."""

    __slots__ = ("_candidates", "_remembered")

    def __init__(self, routes: Mapping[str, Route], details: Mapping[str, Any]) -> None:
        """Raises ValueError when two routes could take the same request and neither is more specific."""
        found = [_candidate(name, route.match, details[name]) for name, route in routes.items()]
        found.sort(key=_specificity, reverse=True)
        _refuse_clashes(found)
        self._candidates = tuple(found)
        self._remembered: dict[tuple[bytes, bytes], tuple[Candidate, ...]] = {}

    def find(self, request: Request, path: bytes) -> Candidate | None:
        """The route for this request; raises MethodNotAllowed if only the method keeps it from one."""
        key = (request.authority, path)
        candidates = self._remembered.get(key)
        if candidates is None:
            candidates = self._remember(key)
        allowed: set[bytes] = set()
        for candidate in candidates:
            if not _conditions_hold(candidate, request):
                continue
            if candidate.methods and request.method not in candidate.methods:
                allowed |= candidate.methods
                continue
            return candidate
        if allowed:
            raise MethodNotAllowed(
                "this address does not take this method", headers=((b"allow", b", ".join(sorted(allowed))),)
            )
        return None

    def _remember(self, key: tuple[bytes, bytes]) -> tuple[Candidate, ...]:
        host, path = _host_name(key[0]), key[1]
        here = (each for each in self._candidates if _host_matches(each.match.host, host))
        found = tuple(each for each in here if each.pattern.expression.match(path))
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = found
        return found


def _candidate(name: str, match: RouteMatch, detail: Any) -> Candidate:
    methods = {method.upper().encode() for method in match.methods}
    if b"GET" in methods:
        methods.add(b"HEAD")
    headers = tuple((key.lower().encode(), value.encode()) for key, value in match.headers.items())
    query = tuple(match.query.items())
    return Candidate(name, match, compile_pattern(match.path), frozenset(methods), headers, query, detail)


def _specificity(candidate: Candidate) -> tuple[Any, ...]:
    host = candidate.match.host
    rank = 0 if not host else 1 if host.startswith("*.") else 2
    return rank, len(host), candidate.pattern.specificity, candidate.conditions, candidate.name


def _conditions_hold(candidate: Candidate, request: Request) -> bool:
    for name, wanted in candidate.headers:
        value = request.fields.get(name)
        if value is None or wanted not in (b"*", value):
            return False
    if candidate.query:
        given = dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
        return all(name in given and wanted in ("*", given[name]) for name, wanted in candidate.query)
    return True


def _host_name(authority: bytes) -> str:
    """The authority without its port."""
    name = authority.decode("latin-1")
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def _host_matches(wanted: str, host: str) -> bool:
    if not wanted:
        return True
    wanted = wanted.lower()
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def _refuse_clashes(candidates: Sequence[Candidate]) -> None:
    for index, one in enumerate(candidates):
        for other in candidates[index + 1 :]:
            if _clash(one, other):
                names = " and ".join(sorted((repr(one.name), repr(other.name))))
                raise ValueError(f"routes {names} match the same requests; give one of them a further condition")


def _clash(one: Candidate, other: Candidate) -> bool:
    """Whether one request could take both, with nothing to tell them apart."""
    same_place = one.match.host.lower() == other.match.host.lower() and _same_requests(one.pattern, other.pattern)
    if not same_place or one.conditions != other.conditions:
        return False
    if one.methods and other.methods and not one.methods & other.methods:
        return False
    return not (_exclude(one.headers, other.headers) or _exclude(one.query, other.query))


def _same_requests(one: Pattern, other: Pattern) -> bool:
    """Whether one path can match both patterns, and neither is the more specific."""
    if one.kind != other.kind or one.specificity != other.specificity:
        return False
    if one.kind != "parameters":
        return one.text == other.text
    mine, theirs = one.text.split("/"), other.text.split("/")
    return len(mine) == len(theirs) and all(_alike(a, b) for a, b in zip(mine, theirs, strict=True))


def _alike(one: str, other: str) -> bool:
    return one == other or ("{" in one and other != "*") or ("{" in other and one != "*")


def _exclude(one: Sequence[tuple[Any, Any]], other: Sequence[tuple[Any, Any]]) -> bool:
    """Whether both name the same condition with different exact values, so that no request meets both."""
    theirs = dict(other)
    return any(theirs.get(name, value) != value and not {value, theirs[name]} & {"*", b"*"} for name, value in one)
