"""The path on which access was decided is the path that was dispatched, whatever the caller tries."""

import itertools
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import pytest

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Upstream, eventually, listeners
from tests.outbound.chaos import answer

ROUTES = """
policy:
  keys:
    test: {{ secret: '${{TRIGATE_KEY}}' }}
    narrow: {{ secret: narrow-key-0123456789, lanes: [llm] }}
api:
  routes:
    public: {{ match: {{ path: /public/* }}, targets: ['http://127.0.0.1:{0}'] }}
    item: {{ match: {{ path: '/items/{{id}}' }}, rewrite: '/public/{{id}}', targets: ['http://127.0.0.1:{0}'] }}
    files: {{ match: {{ path: /files/* }}, strip_prefix: /files, targets: ['http://127.0.0.1:{0}/public'] }}
    admin: {{ match: {{ path: /admin/* }}, targets: ['http://127.0.0.1:{1}'] }}
llm: {{ providers: {{ p: {{ kind: openai, base_url: 'http://127.0.0.1:{1}/v1' }} }} }}
"""
PREFIXES = ("/public", "/items", "/files", "/public/a", "/items/a")
UPWARDS = (
    "/../", "/%2e%2e/", "/.%2E/", "/..%2f", "%2f..%2f", "/..\\", "\\..\\", "/..%5c", "%5c..%5c", "/..;/", "/..;a=b/",
    "//../", "/./../", "/.%00./", "/..%00/", "/%c0%ae%c0%ae/", "/..%c0%af", "/%252e%252e/", "/..%252f", "/.../",
    "/..%20/", "/..%09/", "/..%0d%0a/", "/%u002e%u002e/", "/..%ef%bc%8f", "/\xe2\x80\xa5/", "/;/../", "/?/../",
    "/..?/", "/..#/", "//", "/%2f", "/;", "/@",
)  # fmt: skip
ENDS = ("admin/x", "%61dmin/x", "admin%2fx", "admin;a/x", "admin//x", "ADMIN/x", "admin%00/x", "admin/./x")
OTHERS = (
    "//admin/x", "/%2fadmin/x", "/\\admin/x", "\\admin/x", "/%5cadmin/x", "/./admin/x", "/%2e/admin/x", "/admin%2fx",
    "/admin/../public/x", "/admin/..%2fpublic/x", "/admin;/../public/x", "/%61dmin/x", "/ADMIN/x", "/admin%20/x",
    "/admin/%2e%2e/public/x", "http://h/public/../admin/x", "http://h//admin/x", "http://other/admin/x",
    "http:/admin/x", "http://h\\@other/admin/x", "http://u@h/admin/x", "https://h/admin/x", "admin/x", "*", "/",
    "//h/public/x", "/public",
)  # fmt: skip
TRICKS = [prefix + up + end for prefix, up, end in itertools.product(PREFIXES, UPWARDS, ENDS)] + list(OTHERS)


def folded(path: bytes) -> bytes:
    """What the most obliging server might make of a path."""
    path = unquote_to_bytes(path.partition(b"?")[0]).replace(b"\\", b"/").lower()
    path = re.sub(rb";[^/]*", b"", path)
    segments = list[bytes]()
    for each in path.split(b"/"):
        if each == b"..":
            segments = segments[:-1]
        elif each not in (b"", b"."):
            segments.append(each)
    return b"/" + b"/".join(segments)


class Scene:
    """A gateway before two services, of which one is for administrators."""

    def __init__(self, running: Gateway, public: Upstream, admin: Upstream) -> None:
        self.running, self.public, self.admin = running, public, admin
        self.asked = 0

    async def ask(self, targets: list[str], key: str = "test-key-0123456789") -> list[int]:
        """Ask for each on a connection of its own; the statuses."""
        statuses = list[int]()
        for target in targets:
            async with await Caller.connect(self.running.port) as caller:
                caller.send(head("GET", target, "Connection: close", key=key, host="h"))
                statuses.append((await caller.answer()).status)
        self.asked += len(targets)
        await eventually(lambda: len(self.running.records()) == self.asked)
        return statuses


def paths(upstream: Upstream) -> list[bytes]:
    """What was asked of an upstream."""
    return [line.split(b" ")[1] for line in upstream.received.split(b"\r\n") if line.endswith(b" HTTP/1.1")]


@pytest.mark.timeout(120)
async def test_no_way_of_writing_a_path_leads_elsewhere_than_its_route(gateway: Callable[[str], Gateway]) -> None:
    sockets = listeners(2)
    running = gateway(ROUTES.format(*(each.getsockname()[1] for each in sockets)))
    script = [step for _ in range(5000) for step in (answer(),)]
    async with Upstream(sockets[0], script, repeat=True) as public, Upstream(sockets[1], script, repeat=True) as admin:
        scene = Scene(running, public, admin)
        await scene.ask(TRICKS)
        assert len(TRICKS) > 1000
        by_route = [each["route"] for each in running.records() if each["outcome"] == "ok"]
        assert len(paths(public)) == sum(route != "admin" for route in by_route)
        assert len(paths(admin)) == by_route.count("admin")
        assert len(paths(public)) > 50  # harmless look-alikes do arrive
        assert [each for each in paths(public) if not folded(each).startswith(b"/public")] == []
        assert [each for each in paths(admin) if not folded(each).startswith(b"/admin")] == []
        dispatched = sorted(paths(admin))
        decided = sorted(each["path"].encode() for each in running.records() if each["route"] == "admin")
        assert dispatched == decided


async def test_a_key_without_the_lane_gets_nowhere_by_any_path(gateway: Callable[[str], Gateway]) -> None:
    sockets = listeners(2)
    running = gateway(ROUTES.format(*(each.getsockname()[1] for each in sockets)))
    targets = ["/public/a", "/items/a", "/files/a", "/admin/a", *OTHERS]
    async with Upstream(sockets[0]) as public, Upstream(sockets[1]) as admin:
        statuses = await Scene(running, public, admin).ask(targets, "narrow-key-0123456789")
        assert statuses[:4] == [403] * 4
        assert set(statuses) <= {400, 403, 404}
        assert (public.talks, admin.talks) == ([], [])
    denied = [each for each in running.records() if each["outcome"] == "access.denied"]
    assert {each["key"] for each in denied} == {"narrow"}
    assert {each["resource"] for each in denied} == {"route/public", "route/item", "route/files", "route/admin"}


async def test_the_host_that_chose_a_route_is_the_host_that_is_told(gateway: Callable[[str], Gateway]) -> None:
    sockets = listeners(2)
    first, second = (f"targets: ['http://127.0.0.1:{each.getsockname()[1]}'], preserve_host: true" for each in sockets)
    running = gateway(f"api: {{ routes: {{ mine: {{ match: {{ host: h }}, {first} }}, rest: {{ {second} }} }} }}\n")
    async with Upstream(sockets[0], [answer()] * 9) as mine, Upstream(sockets[1], [answer()] * 9) as rest:
        for host in ("h", "h:1", "H", "h.", "other", "127.0.0.1", "[::1]"):
            async with await Caller.connect(running.port) as caller:
                caller.send(head("GET", "/a", host=host))
                assert (await caller.answer()).status == 200
            told = mine if host.lower().partition(":")[0] == "h" else rest
            assert b"host: " + host.lower().encode() + b"\r\n" in told.received.lower()
